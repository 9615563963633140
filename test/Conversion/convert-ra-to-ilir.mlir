// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir | FileCheck %s
// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir=all-states=1 | FileCheck %s --check-prefix=ALL
// RUN: cortex-opt %s --split-input-file --convert-ra-to-ilir --remarks-filter-passed=convert-ra-to-ilir -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS

// Sweeps become loops over levels, bodies nests over the rows of their type,
// states buffers, and reads steps through the linearizer's arrays. Stages stay.

// Beside what the model names, every state is an output, named by its sweep.
// ALL-LABEL: ilir.program @Sweeps
// ALL:       ilir.output @"out:logits" = @head.y at roots
// ALL-NEXT:  ilir.output @"out:states" = @u.h at nodes
// ALL-NEXT:  ilir.output @"out:u.h" = @u.h at nodes
// ALL-NEXT:  ilir.output @"out:u.c" = @u.c at nodes
// ALL-NEXT:  ilir.output @"out:d.h" = @d.h at nodes
// ALL-NEXT:  ilir.output @"out:head.y" = @head.y at roots
// ALL-NEXT:  ilir.output @"out:again.y" = @again.y at roots

// REMARKS: nests made {{.*}}count=5

// CHECK-LABEL: ilir.program @Sweeps structure(tree) float(f32) {
// CHECK-NEXT:   ilir.type @leaf(0 to 0)
// CHECK-NEXT:   ilir.type @internal(1 to 2)
// CHECK-NEXT:   ilir.input @word at nodes : !ra.symbol<9> on [@leaf]
// CHECK-NEXT:   ilir.input @x at nodes : tensor<8xf32>
// CHECK-NEXT:   ilir.param @E : tensor<9x8xf32>
// CHECK-NEXT:   ilir.order @up up
// CHECK-NEXT:   ilir.order @down down
// CHECK-NEXT:   ilir.order @roots roots
// CHECK-NEXT:   ilir.buffer @u.h rows : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.buffer @u.c rows : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.buffer @d.h rows : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.buffer @head.y roots : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.buffer @again.y roots : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.output @"out:logits" = @head.y at roots
// CHECK-NEXT:   ilir.output @"out:states" = @u.h at nodes
// CHECK-NEXT:   ilir.func @prepare {
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.func @run {
// CHECK-NEXT:     ilir.levels @up {
// CHECK-NEXT:       ilir.strips @leaf {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:           %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:           %[[sym:.*]] = ilir.symbol @word[%[[row]]] : <row> to <symbol>
// CHECK-NEXT:           %[[E:.*]] = ilir.load @E : tensor<9x8xf32>
// CHECK-NEXT:           %[[E2:.*]] = ilir.load @E[%[[sym]]] {ra.stage = "symbol:word"} : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:           %[[row2:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:           %[[node:.*]] = ilir.index node %[[row2]] : <row> to <node>
// CHECK-NEXT:           %[[x:.*]] = ilir.load @x[%[[node]]] {ra.stage = "node"} : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:           %[[row3:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:           ilir.store %[[E2]], @u.h[%[[row3]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:           %[[row4:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:           ilir.store %[[x]], @u.c[%[[row4]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:       ilir.strips @internal {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:           %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:           %[[child:.*]] = ilir.index child(0) %[[p2]] : <position> to <row>
// CHECK-NEXT:           %[[uh:.*]] = ilir.load @u.h[%[[child]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[child2:.*]] = ilir.index child(1) %[[p2]] : <position> to <row>
// CHECK-NEXT:           %[[uh2:.*]] = ilir.load @u.h[%[[child2]]] else %[[cst]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[child3:.*]] = ilir.index child(1) %[[p2]] : <position> to <row>
// CHECK-NEXT:           %[[node2:.*]] = ilir.index node %[[child3]] : <row> to <node>
// CHECK-NEXT:           %[[x2:.*]] = ilir.load @x[%[[node2]]] else %[[cst]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:           %[[addf:.*]] = arith.addf %[[uh]], %[[uh2]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:           %[[row5:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:           ilir.store %[[addf]], @u.h[%[[row5]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:           %[[row6:.*]] = ilir.index row %[[p2]] : <position> to <row>
// CHECK-NEXT:           ilir.store %[[x2]], @u.c[%[[row6]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.levels @down {
// CHECK-NEXT:       ilir.strips {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:           %[[row7:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:           %[[uh3:.*]] = ilir.load @u.h[%[[row7]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[parent:.*]] = ilir.index parent %[[p3]] : <position> to <row>
// CHECK-NEXT:           %[[dh:.*]] = ilir.load @d.h[%[[parent]]] else %[[uh3]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           %[[row8:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:           ilir.store %[[dh]], @d.h[%[[row8]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.levels @roots {
// CHECK-NEXT:       ilir.strips {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p4:.*]]) {
// CHECK-NEXT:           %[[row9:.*]] = ilir.index row %[[p4]] : <position> to <row>
// CHECK-NEXT:           %[[dh2:.*]] = ilir.load @d.h[%[[row9]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:           ilir.store %[[dh2]], @head.y[%[[p4]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.levels @roots {
// CHECK-NEXT:       ilir.strips {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p5:.*]]) {
// CHECK-NEXT:           %[[row10:.*]] = ilir.index row %[[p5]] : <position> to <row>
// CHECK-NEXT:           %[[heady:.*]] = ilir.load @head.y[%[[p5]]] : !ilir.index<position> to tensor<8xf32>
// CHECK-NEXT:           ilir.store %[[heady]], @again.y[%[[p5]]] : tensor<8xf32>, !ilir.index<position>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ra.model @Sweeps structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @word : !ra.symbol<9> on @leaf
  ra.input @x : tensor<8xf32>
  ra.param @E : tensor<9x8xf32>
  ra.sweep @u up states(@h : tensor<8xf32>, @c : tensor<8xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<9>
      %E = ra.read param @E : tensor<9x8xf32>
      %e = ra.lookup %E[%w] {ra.stage = "symbol:word"} : (tensor<9x8xf32>, !ra.symbol<9>) -> tensor<8xf32>
      %x = ra.read self @x {ra.stage = "node"} : tensor<8xf32>
      ra.yield %e, %x : tensor<8xf32>, tensor<8xf32>
    }
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<8xf32>
      %l = ra.read child(0) @u::@h {ra.stage = "recursive"} : tensor<8xf32>
      %r = ra.read child(1) @u::@h else %z : tensor<8xf32>
      %x = ra.read child(1) @x else %z : tensor<8xf32>
      %0 = arith.addf %l, %r {ra.stage = "recursive"} : tensor<8xf32>
      ra.yield %0, %x : tensor<8xf32>, tensor<8xf32>
    }
  }
  ra.sweep @d down states(@h : tensor<8xf32>) {
    ra.body {
      %u = ra.read self @u::@h : tensor<8xf32>
      %h = ra.read parent @d::@h else %u : tensor<8xf32>
      ra.yield %h : tensor<8xf32>
    }
  }
  ra.sweep @head map at roots states(@y : tensor<8xf32>) {
    ra.body {
      %h = ra.read self @d::@h : tensor<8xf32>
      ra.yield %h : tensor<8xf32>
    }
  }
  ra.sweep @again map at roots states(@y : tensor<8xf32>) {
    ra.body {
      %y = ra.read self @head::@y : tensor<8xf32>
      ra.yield %y : tensor<8xf32>
    }
  }
  ra.output @logits = @head::@y
  ra.output @states = @u::@h at nodes
}

// -----

// Structures: their inputs, states and nodes; edges: their inputs and positions.

// ALL-LABEL: ilir.program @Structures
// ALL:       ilir.output @"out:pool.m" = @pool.m at structures
// ALL-NEXT:  ilir.output @"out:pool2.m" = @pool2.m at structures
// ALL-NEXT:  ilir.output @"out:y.y" = @y.y at nodes

// REMARKS: nests made {{.*}}count=3

// CHECK-LABEL: ilir.program @Structures structure(dag) float(f32) {
// CHECK-NEXT:   ilir.type @node(0 to 3)
// CHECK-NEXT:   ilir.input @x at nodes : tensor<8xf32>
// CHECK-NEXT:   ilir.input @q at structures : tensor<8xf32>
// CHECK-NEXT:   ilir.input @language at structures : !ra.symbol<2>
// CHECK-NEXT:   ilir.input @w at edges : tensor<8xf32>
// CHECK-NEXT:   ilir.input @kind at edges : !ra.symbol<4>
// CHECK-NEXT:   ilir.param @L : tensor<2x8xf32>
// CHECK-NEXT:   ilir.param @K : tensor<4x8xf32>
// CHECK-NEXT:   ilir.param @P : tensor<3x8xf32>
// CHECK-NEXT:   ilir.order @structures structures
// CHECK-NEXT:   ilir.order @map map
// CHECK-NEXT:   ilir.buffer @pool.m structures : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.buffer @pool2.m structures : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.buffer @y.y rows : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.output @"out:out" = @y.y at nodes
// CHECK-NEXT:   ilir.func @prepare {
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.func @run {
// CHECK-NEXT:     ilir.levels @structures {
// CHECK-NEXT:       ilir.strips {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:           %[[sum:.*]] = ilir.edges nodes %[[p]] [mean] (%[[e:.*]]) {
// CHECK-NEXT:             %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:             %[[node:.*]] = ilir.index node %[[neighbour]] : <row> to <node>
// CHECK-NEXT:             %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:             ilir.yield %[[x]] : tensor<8xf32>
// CHECK-NEXT:           } : tensor<8xf32>
// CHECK-NEXT:           %[[row:.*]] = ilir.index row %[[p]] : <position> to <structure>
// CHECK-NEXT:           %[[q:.*]] = ilir.load @q[%[[row]]] : !ilir.index<structure> to tensor<8xf32>
// CHECK-NEXT:           %[[row2:.*]] = ilir.index row %[[p]] : <position> to <structure>
// CHECK-NEXT:           %[[sym:.*]] = ilir.symbol @language[%[[row2]]] : <structure> to <symbol>
// CHECK-NEXT:           %[[L:.*]] = ilir.load @L : tensor<2x8xf32>
// CHECK-NEXT:           %[[L2:.*]] = ilir.load @L[%[[sym]]] : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:           %[[addf:.*]] = arith.addf %[[sum]], %[[q]] : tensor<8xf32>
// CHECK-NEXT:           %[[addf2:.*]] = arith.addf %[[addf]], %[[L2]] : tensor<8xf32>
// CHECK-NEXT:           %[[row3:.*]] = ilir.index row %[[p]] : <position> to <structure>
// CHECK-NEXT:           ilir.store %[[addf2]], @pool.m[%[[row3]]] : tensor<8xf32>, !ilir.index<structure>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.levels @structures {
// CHECK-NEXT:       ilir.strips {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p2:.*]]) {
// CHECK-NEXT:           %[[row4:.*]] = ilir.index row %[[p2]] : <position> to <structure>
// CHECK-NEXT:           %[[poolm:.*]] = ilir.load @pool.m[%[[row4]]] : !ilir.index<structure> to tensor<8xf32>
// CHECK-NEXT:           %[[row5:.*]] = ilir.index row %[[p2]] : <position> to <structure>
// CHECK-NEXT:           ilir.store %[[poolm]], @pool2.m[%[[row5]]] : tensor<8xf32>, !ilir.index<structure>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:     ilir.levels @map {
// CHECK-NEXT:       ilir.strips {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p3:.*]]) {
// CHECK-NEXT:           %[[row6:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:           %[[structure:.*]] = ilir.index structure %[[row6]] : <row> to <structure>
// CHECK-NEXT:           %[[poolm2:.*]] = ilir.load @pool.m[%[[structure]]] : !ilir.index<structure> to tensor<8xf32>
// CHECK-NEXT:           %[[sum2:.*]] = ilir.edges parents %[[p3]] [sum] (%[[e2:.*]]) {
// CHECK-NEXT:             %[[edge_id:.*]] = ilir.index edge_id %[[e2]] : <edge> to <edge_id>
// CHECK-NEXT:             %[[w:.*]] = ilir.load @w[%[[edge_id]]] : !ilir.index<edge_id> to tensor<8xf32>
// CHECK-NEXT:             %[[edge_id2:.*]] = ilir.index edge_id %[[e2]] : <edge> to <edge_id>
// CHECK-NEXT:             %[[sym2:.*]] = ilir.symbol @kind[%[[edge_id2]]] : <edge_id> to <symbol>
// CHECK-NEXT:             %[[K:.*]] = ilir.load @K : tensor<4x8xf32>
// CHECK-NEXT:             %[[K2:.*]] = ilir.load @K[%[[sym2]]] : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:             %[[place:.*]] = ilir.index place %[[e2]] : <edge> to <symbol>
// CHECK-NEXT:             %[[P:.*]] = ilir.load @P : tensor<3x8xf32>
// CHECK-NEXT:             %[[P2:.*]] = ilir.load @P[%[[place]]] : !ilir.index<symbol> to tensor<8xf32>
// CHECK-NEXT:             %[[place2:.*]] = ilir.index place %[[e2]] : <edge> to <symbol>
// CHECK-NEXT:             %[[to_float:.*]] = ilir.to_float %[[place2]] : <symbol> to tensor<f32>
// CHECK-NEXT:             %[[empty:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-NEXT:             %[[broadcast:.*]] = linalg.broadcast ins(%[[to_float]] : tensor<f32>) outs(%[[empty]] : tensor<8xf32>) dimensions = [0]
// CHECK-NEXT:             %[[addf3:.*]] = arith.addf %[[w]], %[[K2]] : tensor<8xf32>
// CHECK-NEXT:             %[[mulf:.*]] = arith.mulf %[[addf3]], %[[P2]] : tensor<8xf32>
// CHECK-NEXT:             %[[mulf2:.*]] = arith.mulf %[[mulf]], %[[broadcast]] : tensor<8xf32>
// CHECK-NEXT:             ilir.yield %[[mulf2]] : tensor<8xf32>
// CHECK-NEXT:           } : tensor<8xf32>
// CHECK-NEXT:           %[[addf4:.*]] = arith.addf %[[poolm2]], %[[sum2]] : tensor<8xf32>
// CHECK-NEXT:           %[[row7:.*]] = ilir.index row %[[p3]] : <position> to <row>
// CHECK-NEXT:           ilir.store %[[addf4]], @y.y[%[[row7]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ra.model @Structures structure(dag) float(f32) {
  ra.type @node(0 to 3)
  ra.input @x : tensor<8xf32>
  ra.input @q at structures : tensor<8xf32>
  ra.input @language at structures : !ra.symbol<2>
  ra.input @w at edges : tensor<8xf32>
  ra.input @kind at edges : !ra.symbol<4>
  ra.param @L : tensor<2x8xf32>
  ra.param @K : tensor<4x8xf32>
  ra.param @P : tensor<3x8xf32>
  ra.sweep @pool map at structures states(@m : tensor<8xf32>) {
    ra.body {
      %m = ra.over nodes [mean] {
        %x = ra.read there @x : tensor<8xf32>
        ra.yield %x : tensor<8xf32>
      } : tensor<8xf32>
      %q = ra.read structure @q : tensor<8xf32>
      %s = ra.read structure @language : !ra.symbol<2>
      %L = ra.read param @L : tensor<2x8xf32>
      %l = ra.lookup %L[%s] : (tensor<2x8xf32>, !ra.symbol<2>) -> tensor<8xf32>
      %0 = arith.addf %m, %q : tensor<8xf32>
      %1 = arith.addf %0, %l : tensor<8xf32>
      ra.yield %1 : tensor<8xf32>
    }
  }
  ra.sweep @pool2 map at structures states(@m : tensor<8xf32>) {
    ra.body {
      %m = ra.read self @pool::@m : tensor<8xf32>
      ra.yield %m : tensor<8xf32>
    }
  }
  ra.sweep @y map states(@y : tensor<8xf32>) {
    ra.body {
      %m = ra.read structure @pool::@m : tensor<8xf32>
      %s = ra.over parents [sum] {
        %w = ra.read edge @w : tensor<8xf32>
        %k = ra.read edge @kind : !ra.symbol<4>
        %K = ra.read param @K : tensor<4x8xf32>
        %kind = ra.lookup %K[%k] : (tensor<4x8xf32>, !ra.symbol<4>) -> tensor<8xf32>
        %i = ra.read edge @position : !ra.symbol<3>
        %P = ra.read param @P : tensor<3x8xf32>
        %p = ra.lookup %P[%i] : (tensor<3x8xf32>, !ra.symbol<3>) -> tensor<8xf32>
        %f = ra.read edge @position : tensor<f32>
        %e = tensor.empty() : tensor<8xf32>
        %b = linalg.broadcast ins(%f : tensor<f32>) outs(%e : tensor<8xf32>) dimensions = [0]
        %0 = arith.addf %w, %kind : tensor<8xf32>
        %1 = arith.mulf %0, %p : tensor<8xf32>
        %2 = arith.mulf %1, %b : tensor<8xf32>
        ra.yield %2 : tensor<8xf32>
      } : tensor<8xf32>
      %3 = arith.addf %m, %s : tensor<8xf32>
      ra.yield %3 : tensor<8xf32>
    }
  }
  ra.output @out = @y::@y at nodes
}

// -----

// Several combiners share one loop; a softmax is a max, then sums of
// exp(score - max) and of what it weighs. Over nobody it has its default.

// REMARKS: nests made {{.*}}count=1

// CHECK-LABEL: ilir.program @Attention structure(dag) float(f32) {
// CHECK-NEXT:   ilir.type @node(0 to -1)
// CHECK-NEXT:   ilir.input @s at edges : tensor<f32>
// CHECK-NEXT:   ilir.input @x at nodes : tensor<8xf32>
// CHECK-NEXT:   ilir.order @up up
// CHECK-NEXT:   ilir.buffer @u.h rows : tensor<8xf32> exchanged
// CHECK-NEXT:   ilir.output @"out:h" = @u.h at roots
// CHECK-NEXT:   ilir.func @prepare {
// CHECK-NEXT:   }
// CHECK-NEXT:   ilir.func @run {
// CHECK-NEXT:     ilir.levels @up {
// CHECK-NEXT:       ilir.strips {
// CHECK-NEXT:         ilir.rows rows unassigned (%[[p:.*]]) {
// CHECK-NEXT:           %[[row:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:           %[[node:.*]] = ilir.index node %[[row]] : <row> to <node>
// CHECK-NEXT:           %[[x:.*]] = ilir.load @x[%[[node]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:           %[[sum:.*]]:2 = ilir.edges children %[[p]] [sum, max] else(%[[x]]) (%[[e:.*]]) {
// CHECK-NEXT:             %[[neighbour:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:             %[[uh:.*]] = ilir.load @u.h[%[[neighbour]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:             %[[edge_id:.*]] = ilir.index edge_id %[[e]] : <edge> to <edge_id>
// CHECK-NEXT:             %[[s:.*]] = ilir.load @s[%[[edge_id]]] : !ilir.index<edge_id> to tensor<f32>
// CHECK-NEXT:             %[[tanh:.*]] = math.tanh %[[uh]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:             ilir.yield %[[uh]], %[[uh]] : tensor<8xf32>, tensor<8xf32>
// CHECK-NEXT:           } {ra.stage = "recursive"} : tensor<8xf32>, tensor<8xf32>
// CHECK-NEXT:           %[[cst:.*]] = arith.constant dense<0.000000e+00> : tensor<f32>
// CHECK-NEXT:           %[[sum2:.*]] = ilir.edges children %[[p]] [max] else(%[[cst]]) (%[[e2:.*]]) {
// CHECK-NEXT:             %[[neighbour2:.*]] = ilir.index neighbour %[[e2]] : <edge> to <row>
// CHECK-NEXT:             %[[uh2:.*]] = ilir.load @u.h[%[[neighbour2]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:             %[[edge_id2:.*]] = ilir.index edge_id %[[e2]] : <edge> to <edge_id>
// CHECK-NEXT:             %[[s2:.*]] = ilir.load @s[%[[edge_id2]]] : !ilir.index<edge_id> to tensor<f32>
// CHECK-NEXT:             %[[tanh2:.*]] = math.tanh %[[uh2]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:             ilir.yield %[[s2]] : tensor<f32>
// CHECK-NEXT:           } {ra.stage = "recursive"} : tensor<f32>
// CHECK-NEXT:           %[[sum3:.*]]:2 = ilir.edges children %[[p]] [sum, sum] (%[[e3:.*]]) {
// CHECK-NEXT:             %[[neighbour3:.*]] = ilir.index neighbour %[[e3]] : <edge> to <row>
// CHECK-NEXT:             %[[uh3:.*]] = ilir.load @u.h[%[[neighbour3]]] {ra.stage = "recursive"} : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:             %[[edge_id3:.*]] = ilir.index edge_id %[[e3]] : <edge> to <edge_id>
// CHECK-NEXT:             %[[s3:.*]] = ilir.load @s[%[[edge_id3]]] : !ilir.index<edge_id> to tensor<f32>
// CHECK-NEXT:             %[[tanh3:.*]] = math.tanh %[[uh3]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:             %[[subf:.*]] = arith.subf %[[s3]], %[[sum2]] {ra.stage = "recursive"} : tensor<f32>
// CHECK-NEXT:             %[[exp:.*]] = math.exp %[[subf]] {ra.stage = "recursive"} : tensor<f32>
// CHECK-NEXT:             %[[empty:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-NEXT:             %[[broadcast:.*]] = linalg.broadcast ins(%[[exp]] : tensor<f32>) outs(%[[empty]] : tensor<8xf32>) dimensions = [0]  {ra.stage = "recursive"}
// CHECK-NEXT:             %[[mulf:.*]] = arith.mulf %[[broadcast]], %[[tanh3]] {ra.stage = "recursive"} : tensor<8xf32>
// CHECK-NEXT:             ilir.yield %[[exp]], %[[mulf]] : tensor<f32>, tensor<8xf32>
// CHECK-NEXT:           } {ra.stage = "recursive"} : tensor<f32>, tensor<8xf32>
// CHECK-NEXT:           %[[empty2:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-NEXT:           %[[broadcast2:.*]] = linalg.broadcast ins(%[[sum3]]#0 : tensor<f32>) outs(%[[empty2]] : tensor<8xf32>) dimensions = [0]
// CHECK-NEXT:           %[[divf:.*]] = arith.divf %[[sum3]]#1, %[[broadcast2]] : tensor<8xf32>
// CHECK-NEXT:           %[[cst2:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
// CHECK-NEXT:           %[[cmpf:.*]] = arith.cmpf oeq, %[[broadcast2]], %[[cst2]] : tensor<8xf32>
// CHECK-NEXT:           %[[select:.*]] = arith.select %[[cmpf]], %[[x]], %[[divf]] : tensor<8xi1>, tensor<8xf32>
// CHECK-NEXT:           %[[addf:.*]] = arith.addf %[[sum]]#0, %[[select]] : tensor<8xf32>
// CHECK-NEXT:           %[[addf2:.*]] = arith.addf %[[addf]], %[[sum]]#1 : tensor<8xf32>
// CHECK-NEXT:           %[[row2:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:           ilir.store %[[addf2]], @u.h[%[[row2]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:         }
// CHECK-NEXT:       }
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ra.model @Attention structure(dag) float(f32) {
  ra.type @node(0 to *)
  ra.input @s at edges : tensor<f32>
  ra.input @x : tensor<8xf32>
  ra.sweep @u up states(@h : tensor<8xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<8xf32>
      %sum, %soft, %max = ra.over children [sum, softmax, max] else(%x, %x) {
        %h = ra.read there @u::@h {ra.stage = "recursive"} : tensor<8xf32>
        %s = ra.read edge @s : tensor<f32>
        %t = math.tanh %h {ra.stage = "recursive"} : tensor<8xf32>
        ra.yield %h, %s, %t, %h : tensor<8xf32>, tensor<f32>, tensor<8xf32>, tensor<8xf32>
      } {ra.stage = "recursive"} : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
      %0 = arith.addf %sum, %soft : tensor<8xf32>
      %1 = arith.addf %0, %max : tensor<8xf32>
      ra.yield %1 : tensor<8xf32>
    }
  }
  ra.output @h = @u::@h
}
