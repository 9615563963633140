// Every operation of the dialect. The examples of ILIROps.td stand here word for
// word; what is printed parses again and prints the same. Both programs also obey
// the rules of exchanges.
// RUN: %python %source/test/check-examples.py %source/include/cortex/Dialect/ILIR/IR/ILIROps.td %s ilir
// RUN: cortex-opt %s > %t.once
// RUN: cortex-opt %t.once > %t.twice
// RUN: diff %t.once %t.twice
// RUN: cortex-opt --mlir-print-op-generic %s | cortex-opt > %t.generic
// RUN: diff %t.once %t.generic
// RUN: cortex-opt --emit-bytecode %s | cortex-opt > %t.bytecode
// RUN: diff %t.once %t.bytecode
// RUN: FileCheck %s < %t.once
// RUN: cortex-opt --ilir-verify-exchanges %s > %t.checked
// RUN: diff %t.once %t.checked
// RUN: cortex-opt --canonicalize --ilir-verify-exchanges %s | FileCheck %s --check-prefix=CANONICAL

// CHECK-LABEL: ilir.program @Sum structure(tree) float(f32) {
// CHECK-NEXT:    ilir.type @node(0 to -1)
// CHECK-NEXT:    ilir.input @x at nodes : tensor<8xf32>
// CHECK-NEXT:    ilir.order @up up
// CHECK-NEXT:    ilir.buffer @up.h rows : tensor<8xf32> private
// CHECK-NEXT:    ilir.output @"out:h" = @up.h at roots
// CHECK-NEXT:    ilir.func @prepare {
// CHECK-NEXT:    }
// CHECK-NEXT:    ilir.func @run {
// CHECK-NEXT:      ilir.levels @up {
// CHECK-NEXT:        ilir.strips @node {
// CHECK-NEXT:          ilir.rows rows owned (%[[p:.*]]) {
// CHECK-NEXT:            %[[r:.*]] = ilir.index row %[[p]] : <position> to <row>
// CHECK-NEXT:            %[[n:.*]] = ilir.index node %[[r]] : <row> to <node>
// CHECK-NEXT:            %[[x:.*]] = ilir.load @x[%[[n]]] : !ilir.index<node> to tensor<8xf32>
// CHECK-NEXT:            %[[s:.*]] = ilir.edges children %[[p]] [sum] (%[[e:.*]]) {
// CHECK-NEXT:              %[[k:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
// CHECK-NEXT:              %[[h:.*]] = ilir.load @up.h[%[[k]]] : !ilir.index<row> to tensor<8xf32>
// CHECK-NEXT:              ilir.yield %[[h]] : tensor<8xf32>
// CHECK-NEXT:            } : tensor<8xf32>
// CHECK-NEXT:            %[[y:.*]] = arith.addf %[[x]], %[[s]] : tensor<8xf32>
// CHECK-NEXT:            ilir.store %[[y]], @up.h[%[[r]]] : tensor<8xf32>, !ilir.index<row>
// CHECK-NEXT:          }
// CHECK-NEXT:        }
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:  }
ilir.program @Sum structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.output @"out:h" = @up.h at roots
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          %s = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          %y = arith.addf %x, %s : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// Declarations in all their forms.
// CHECK-LABEL: ilir.program @Everything structure(dag) float(f32) {
// CHECK-NEXT:    ilir.type @leaf(0 to 0)
// CHECK-NEXT:    ilir.type @internal(1 to -1)
// CHECK-NEXT:    ilir.input @word at nodes : !ra.symbol<20000> on [@leaf]
// CHECK-NEXT:    ilir.input @function at nodes : !ra.symbol<30> on [@internal]
// CHECK-NEXT:    ilir.input @score at edges : tensor<f32>
// CHECK-NEXT:    ilir.input @kind at edges : !ra.symbol<4>
// CHECK-NEXT:    ilir.input @language at structures : !ra.symbol<2>
// CHECK-NEXT:    ilir.param @E : tensor<20000x8xf32>
// CHECK-NEXT:    ilir.param @U : tensor<3x256x256xf32>
// CHECK-NEXT:    ilir.param @F : tensor<30x8x8xf32>
// CHECK-NEXT:    ilir.order @up up keys ["", "function"]
// CHECK-NEXT:    ilir.order @down down
// CHECK-NEXT:    ilir.order @map map
// CHECK-NEXT:    ilir.order @roots roots
// CHECK-NEXT:    ilir.order @structures structures
// CHECK-NEXT:    ilir.order @words symbols domain 20000
// CHECK-NEXT:    ilir.buffer @up.h rows : tensor<8xf32> exchanged
// CHECK-NEXT:    ilir.buffer @up.c rows : tensor<8xf32> private
// CHECK-NEXT:    ilir.buffer @up.w rows : tensor<256xf32> exchanged
// CHECK-NEXT:    ilir.buffer @down.h rows : tensor<8xf32> private
// CHECK-NEXT:    ilir.buffer @head.y roots : tensor<3x256xf32> private
// CHECK-NEXT:    ilir.buffer @pool.p structures : tensor<8xf32> private
// CHECK-NEXT:    ilir.buffer @b const : tensor<8xf32> constant in_prepare
// CHECK-NEXT:    ilir.buffer @E.copy const : tensor<20000x8xf32> constant
// CHECK-NEXT:    ilir.buffer @table const count 20000 : tensor<8xf32> constant
// CHECK-NEXT:    ilir.buffer @U.packed const : tensor<16x1x256x3x16xf32> constant packed
// CHECK-NEXT:    ilir.buffer @F.packed const count 30 : tensor<1x1x8x1x16xf32> constant packed
// CHECK-NEXT:    ilir.buffer @temp.s level_rows of @up : tensor<8xf32> local
// CHECK-NEXT:    ilir.buffer @temp.y strip_rows of @up : tensor<8xf32> private
// CHECK-NEXT:    ilir.buffer @temp.f strip_edges of @up children : tensor<8xf32> private
// CHECK-NEXT:    ilir.buffer @temp.g level_edges of @structures nodes : tensor<8xf32> exchanged
// CHECK-NEXT:    ilir.output @"out:logits" = @head.y at roots
// CHECK-NEXT:    ilir.output @"out:states" = @up.h at nodes
// CHECK-NEXT:    ilir.output @"out:pooled" = @pool.p at structures
ilir.program @Everything structure(dag) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @internal(1 to -1)
  ilir.input @word at nodes : !ra.symbol<20000> on [@leaf]
  ilir.input @function at nodes : !ra.symbol<30> on [@internal]
  ilir.input @score at edges : tensor<f32>
  ilir.input @kind at edges : !ra.symbol<4>
  ilir.input @language at structures : !ra.symbol<2>
  ilir.param @E : tensor<20000x8xf32>
  ilir.param @U : tensor<3x256x256xf32>
  ilir.param @F : tensor<30x8x8xf32>
  ilir.order @up up keys ["", "function"]
  ilir.order @down down
  ilir.order @map map
  ilir.order @roots roots
  ilir.order @structures structures
  ilir.order @words symbols domain 20000
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> private
  ilir.buffer @up.w rows : tensor<256xf32> exchanged
  ilir.buffer @down.h rows : tensor<8xf32> private
  ilir.buffer @head.y roots : tensor<3x256xf32> private
  ilir.buffer @pool.p structures : tensor<8xf32> private
  ilir.buffer @b const : tensor<8xf32> constant in_prepare
  ilir.buffer @E.copy const : tensor<20000x8xf32> constant
  ilir.buffer @table const count 20000 : tensor<8xf32> constant
  ilir.buffer @U.packed const : tensor<16x1x256x3x16xf32> constant packed
  ilir.buffer @F.packed const count 30 : tensor<1x1x8x1x16xf32> constant packed
  ilir.buffer @temp.s level_rows of @up : tensor<8xf32> local
  ilir.buffer @temp.y strip_rows of @up : tensor<8xf32> private
  ilir.buffer @temp.f strip_edges of @up children : tensor<8xf32> private
  ilir.buffer @temp.g level_edges of @structures nodes : tensor<8xf32> exchanged
  ilir.output @"out:logits" = @head.y at roots
  ilir.output @"out:states" = @up.h at nodes
  ilir.output @"out:pooled" = @pool.p at structures

  // CHECK-NEXT: ilir.func @prepare {
  // CHECK-NEXT:   ilir.pack @U.packed = @U keys [] n [0] k [2] unit 1
  // CHECK-NEXT:   ilir.pack @F.packed = @F keys [0] n [] k [2] unit 1
  // CHECK-NEXT:   ilir.rows once owned () {
  // CHECK:        ilir.barrier [@b]
  // CHECK-NEXT:   ilir.levels @words {
  // CHECK-NEXT:     ilir.strips {
  // CHECK-NEXT:       ilir.rows rows owned (%[[p:.*]]) {
  // CHECK-NEXT:         %[[s:.*]] = ilir.index row %[[p]] : <position> to <symbol>
  // CHECK-NEXT:         ilir.load @E[%[[s]]] : !ilir.index<symbol> to tensor<8xf32>
  // CHECK-NEXT:         ilir.load @b : tensor<8xf32>
  ilir.func @prepare {
    ilir.pack @U.packed = @U keys [] n [0] k [2] unit 1
    ilir.pack @F.packed = @F keys [0] n [] k [2] unit 1
    ilir.rows once owned () {
      %one = arith.constant dense<1.0> : tensor<8xf32>
      ilir.store %one, @b : tensor<8xf32>
    }
    ilir.rows once owned () {
      %E = ilir.load @E : tensor<20000x8xf32>
      ilir.store %E, @E.copy : tensor<20000x8xf32>
    }
    ilir.barrier [@b]
    ilir.levels @words {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<symbol>
          %x = ilir.load @E[%s] : !ilir.index<symbol> to tensor<8xf32>
          %b = ilir.load @b : tensor<8xf32>
          %y = arith.addf %x, %b : tensor<8xf32>
          ilir.store %y, @table[%s] : tensor<8xf32>, !ilir.index<symbol>
        }
      }
    }
  }
  // A constant stays in its nest.
  // CANONICAL-LABEL: ilir.program @Everything
  // CANONICAL:       ilir.levels @up {
  // CANONICAL:       ilir.strips @internal {
  // CANONICAL-NEXT:    ilir.rows rows owned
  // CANONICAL-NEXT:      arith.constant dense<0.000000e+00>
  // CHECK:      ilir.func @run {
  ilir.func @run {
    // CHECK:      %[[w:.*]] = ilir.symbol @word[%{{.*}}] : <row> to <symbol>
    // CHECK-NEXT: ilir.load @table[%[[w]]] : !ilir.index<symbol> to tensor<8xf32>
    // CHECK-NEXT: ilir.load @E.copy[%[[w]]] : !ilir.index<symbol> to tensor<8xf32>
    // CHECK-NEXT: ilir.index structure %{{.*}} : <row> to <structure>
    // CHECK-NEXT: ilir.symbol @language[%{{.*}}] : <structure> to <symbol>
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %w = ilir.symbol @word[%r] : !ilir.index<row> to !ilir.index<symbol>
          %t = ilir.load @table[%w] : !ilir.index<symbol> to tensor<8xf32>
          %x = ilir.load @E.copy[%w] : !ilir.index<symbol> to tensor<8xf32>
          %st = ilir.index structure %r : !ilir.index<row> to !ilir.index<structure>
          %language = ilir.symbol @language[%st] : !ilir.index<structure> to !ilir.index<symbol>
          %y = arith.addf %t, %x : tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %y, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @internal {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      // CHECK:      ilir.index edge_id %{{.*}} : <edge> to <edge_id>
      // CHECK-NEXT: ilir.load @score[%{{.*}}] : !ilir.index<edge_id> to tensor<f32>
      // CHECK-NEXT: ilir.symbol @kind[%{{.*}}] : <edge_id> to <symbol>
      // CHECK-NEXT: ilir.index place %{{.*}} : <edge> to <symbol>
      // CHECK-NEXT: ilir.to_float %{{.*}} : <symbol> to tensor<f32>
      // CHECK:      %[[hc:.*]]:2 = ilir.edges children %[[p:.*]] [sum, max] else(%[[z:.*]]) (%[[e:.*]]) {
      // CHECK-NEXT:   %[[k:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
      // CHECK-NEXT:   %[[h:.*]] = ilir.load @up.h[%[[k]]] : !ilir.index<row> to tensor<8xf32>
      // CHECK-NEXT:   %[[c:.*]] = ilir.load @up.c[%[[k]]] : !ilir.index<row> to tensor<8xf32>
      // CHECK-NEXT:   ilir.yield %[[h]], %[[c]] : tensor<8xf32>, tensor<8xf32>
      // CHECK-NEXT: } : tensor<8xf32>, tensor<8xf32>
      // CHECK:      ilir.index child(0) %[[p]] : <position> to <row>
      // CHECK:      ilir.index child(1) %[[p]] : <position> to <row>
      // CHECK-NEXT: ilir.load @up.h[%{{.*}}] else %[[z]] : !ilir.index<row> to tensor<8xf32>
      ilir.strips @internal {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %score, %place = ilir.edges children %p [mean, prod] (%e) {
            %id = ilir.index edge_id %e : !ilir.index<edge> to !ilir.index<edge_id>
            %weight = ilir.load @score[%id] : !ilir.index<edge_id> to tensor<f32>
            %kind = ilir.symbol @kind[%id] : !ilir.index<edge_id> to !ilir.index<symbol>
            %s = ilir.index place %e : !ilir.index<edge> to !ilir.index<symbol>
            %f = ilir.to_float %s : !ilir.index<symbol> to tensor<f32>
            ilir.yield %weight, %f : tensor<f32>, tensor<f32>
          } : tensor<f32>, tensor<f32>
          %s, %m = ilir.edges children %p [sum, max] else(%z) (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            %c = ilir.load @up.c[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h, %c : tensor<8xf32>, tensor<8xf32>
          } : tensor<8xf32>, tensor<8xf32>
          %l = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %h0 = ilir.load @up.h[%l] : !ilir.index<row> to tensor<8xf32>
          %k = ilir.index child(1) %p : !ilir.index<position> to !ilir.index<row>
          %h = ilir.load @up.h[%k] else %z : !ilir.index<row> to tensor<8xf32>
          %0 = arith.addf %s, %m : tensor<8xf32>
          %1 = arith.addf %h0, %h : tensor<8xf32>
          %y = arith.mulf %0, %1 : tensor<8xf32>
          ilir.store %y, @temp.y[%p] : tensor<8xf32>, !ilir.index<position>
        }
        // CHECK: ilir.rows rows whole (%{{.*}}) {
        ilir.rows rows whole (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          ilir.store %one, @temp.s[%p] : tensor<8xf32>, !ilir.index<position>
        }
        // CHECK:      ilir.rows children owned (%[[e:.*]], %[[p:.*]]) {
        // CHECK-NEXT:   %[[k:.*]] = ilir.index neighbour %[[e]] : <edge> to <row>
        // CHECK-NEXT:   %[[h:.*]] = ilir.load @up.h[%[[k]]] : !ilir.index<row> to tensor<8xf32>
        // CHECK-NEXT:   %[[f:.*]] = ra.sigmoid %[[h]] : tensor<8xf32>
        // CHECK-NEXT:   ilir.store %[[f]], @temp.f[%[[e]]] : tensor<8xf32>, !ilir.index<edge>
        // CHECK-NEXT: }
        ilir.rows children owned (%e, %p) {
          %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
          %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
          %f = ra.sigmoid %h : tensor<8xf32>
          ilir.store %f, @temp.f[%e] : tensor<8xf32>, !ilir.index<edge>
        }
        // CHECK: ilir.product %{{.*}}, @F.packed key %[[key:.*]] : !ilir.index<symbol> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %f = ilir.symbol @function[%r] : !ilir.index<row> to !ilir.index<symbol>
          %s = ilir.load @temp.s[%p] : !ilir.index<position> to tensor<8xf32>
          %y = ilir.product %s, @F.packed key %f : !ilir.index<symbol> m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          ilir.store %y, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<256xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %one, @up.w[%r] : tensor<256xf32>, !ilir.index<row>
        }
      }
      ilir.barrier [@up.h, @up.w]
    }
    // CHECK:      ilir.levels @down {
    // CHECK-NEXT:   ilir.strips {
    // CHECK:        ilir.barrier [@down.h]
    ilir.levels @down {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @down.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.barrier [@down.h]
    }
    // CHECK:      ilir.levels @map {
    // CHECK:        ilir.index parent %{{.*}} : <position> to <row>
    ilir.levels @map {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          %h = ilir.load @up.h[%k] else %z : !ilir.index<row> to tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %h, @down.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
    // CHECK: ilir.levels @roots {
    // CHECK: %[[x:.*]] = ilir.load @up.w
    // CHECK: ilir.product %[[x]], @U.packed m [] k [0] out_m [] out_n [0] : tensor<256xf32> to tensor<3x256xf32>
    // CHECK: ilir.product %{{.*}}, @U.packed acc %[[acc:.*]] : tensor<3x256xf32> m [] k [0] out_m [] out_n [0] : tensor<256xf32> to tensor<3x256xf32>
    ilir.levels @roots {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @up.w[%r] : !ilir.index<row> to tensor<256xf32>
          %g = ilir.product %x, @U.packed m [] k [0] out_m [] out_n [0] : tensor<256xf32> to tensor<3x256xf32>
          ilir.store %g, @head.y[%p] : tensor<3x256xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %x = ilir.load @up.w[%r] : !ilir.index<row> to tensor<256xf32>
          %g = ilir.load @head.y[%p] : !ilir.index<position> to tensor<3x256xf32>
          %y = ilir.product %x, @U.packed acc %g : tensor<3x256xf32> m [] k [0] out_m [] out_n [0] : tensor<256xf32> to tensor<3x256xf32>
          ilir.store %y, @head.y[%p] : tensor<3x256xf32>, !ilir.index<position>
        }
      }
    }
    // CHECK: ilir.levels @structures {
    // CHECK: ilir.rows nodes owned (%[[e:.*]], %{{.*}}) {
    // CHECK: ilir.edges nodes %{{.*}} [min] (%{{.*}}) {
    // CHECK: ilir.index row %{{.*}} : <position> to <structure>
    ilir.levels @structures {
      ilir.strips {
        ilir.rows nodes owned (%e, %p) {
          %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
          %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
          ilir.store %h, @temp.g[%e] : tensor<8xf32>, !ilir.index<edge>
        }
      }
      ilir.barrier [@temp.g]
      ilir.strips {
        ilir.rows rows owned (%p) {
          %m = ilir.edges nodes %p [min] (%e) {
            %g = ilir.load @temp.g[%e] : !ilir.index<edge> to tensor<8xf32>
            ilir.yield %g : tensor<8xf32>
          } : tensor<8xf32>
          %s = ilir.index row %p : !ilir.index<position> to !ilir.index<structure>
          ilir.store %m, @pool.p[%s] : tensor<8xf32>, !ilir.index<structure>
        }
      }
    }
  }
}

// Types with kinds, strips of one kind, edges of one sort of children.
// CHECK-LABEL: ilir.program @Kinds structure(tree) float(f32) {
// CHECK-NEXT:    ilir.type @leaf(0 to 0) symbol kinds root
// CHECK-NEXT:    ilir.type @internal(1 to -1) kinds inner
// CHECK:         ilir.buffer @temp.0 strip_edges of @up inner_children : tensor<8xf32> private
// CHECK:         ilir.strips @leaf kind 1 {
// CHECK:         ilir.strips @internal kind 1 {
// CHECK-NEXT:      ilir.rows inner_children owned (%{{.*}}, %{{.*}}) {
// CHECK:           ilir.edges inner_children
// CHECK:           ilir.edges symbol_children
ilir.program @Kinds structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol kinds root
  ilir.type @internal(1 to -1) kinds inner
  ilir.input @x at nodes : tensor<8xf32> on [@leaf]
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @temp.0 strip_edges of @up inner_children : tensor<8xf32> private
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf kind 1 {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
          ilir.store %x, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @internal kind 1 {
        ilir.rows inner_children owned (%e, %p) {
          %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
          %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
          %t = math.tanh %h : tensor<8xf32>
          ilir.store %t, @temp.0[%e] : tensor<8xf32>, !ilir.index<edge>
        }
        ilir.rows rows owned (%p) {
          %a = ilir.edges inner_children %p [sum] (%e) {
            %t = ilir.load @temp.0[%e] : !ilir.index<edge> to tensor<8xf32>
            ilir.yield %t : tensor<8xf32>
          } : tensor<8xf32>
          %b = ilir.edges symbol_children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %n = ilir.index node %k : !ilir.index<row> to !ilir.index<node>
            %x = ilir.load @x[%n] : !ilir.index<node> to tensor<8xf32>
            ilir.yield %x : tensor<8xf32>
          } : tensor<8xf32>
          %s = arith.addf %a, %b : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %s, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
