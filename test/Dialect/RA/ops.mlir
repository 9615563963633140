// Every operation of the dialect. The examples of RAOps.td stand here word for
// word; what is printed parses again and prints the same.
// RUN: %python %source/test/check-examples.py %source/include/cortex/Dialect/RA/IR/RAOps.td %s ra
// RUN: cortex-opt %s > %t.once
// RUN: cortex-opt %t.once > %t.twice
// RUN: diff %t.once %t.twice
// RUN: cortex-opt --mlir-print-op-generic %s | cortex-opt > %t.generic
// RUN: diff %t.once %t.generic
// RUN: cortex-opt --emit-bytecode %s | cortex-opt > %t.bytecode
// RUN: diff %t.once %t.bytecode
// RUN: FileCheck %s < %t.once

// CHECK-LABEL: ra.model @TreeRNN structure(tree) float(f32) {
// CHECK-NEXT:    ra.type @leaf(0)
// CHECK-NEXT:    ra.type @internal(1 to 2)
// CHECK-NEXT:    ra.input @word : !ra.symbol<100> on @leaf
// CHECK-NEXT:    ra.param @E : tensor<100x8xf32>
// CHECK-NEXT:    ra.sweep @up up states(@h : tensor<8xf32>) {
// CHECK-NEXT:      ra.body @leaf {
// CHECK-NEXT:        %[[w:.*]] = ra.read self @word : !ra.symbol<100>
// CHECK-NEXT:        %[[E:.*]] = ra.read param @E : tensor<100x8xf32>
// CHECK-NEXT:        %[[x:.*]] = ra.lookup %[[E]][%[[w]]] : (tensor<100x8xf32>, !ra.symbol<100>) -> tensor<8xf32>
// CHECK-NEXT:        ra.yield %[[x]] : tensor<8xf32>
// CHECK-NEXT:      }
// CHECK-NEXT:      ra.body @internal {
// CHECK-NEXT:        %[[s:.*]] = ra.over children [sum] {
// CHECK-NEXT:          %[[k:.*]] = ra.read there @up::@h : tensor<8xf32>
// CHECK-NEXT:          ra.yield %[[k]] : tensor<8xf32>
// CHECK-NEXT:        } : tensor<8xf32>
// CHECK-NEXT:        %[[h:.*]] = math.tanh %[[s]] : tensor<8xf32>
// CHECK-NEXT:        ra.yield %[[h]] : tensor<8xf32>
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:    ra.output @state = @up::@h at roots
// CHECK-NEXT:  }
ra.model @TreeRNN structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @word : !ra.symbol<100> on @leaf
  ra.param @E : tensor<100x8xf32>
  ra.sweep @up up states(@h : tensor<8xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<100>
      %E = ra.read param @E : tensor<100x8xf32>
      %x = ra.lookup %E[%w] : (tensor<100x8xf32>, !ra.symbol<100>) -> tensor<8xf32>
      ra.yield %x : tensor<8xf32>
    }
    ra.body @internal {
      %s = ra.over children [sum] {
        %k = ra.read there @up::@h : tensor<8xf32>
        ra.yield %k : tensor<8xf32>
      } : tensor<8xf32>
      %h = math.tanh %s : tensor<8xf32>
      ra.yield %h : tensor<8xf32>
    }
  }
  ra.output @state = @up::@h at roots
}

// Declarations in all their forms.
// CHECK-LABEL: ra.model @Declarations structure(dag) float(f32) {
// CHECK-NEXT:    ra.type @leaf(0)
// CHECK-NEXT:    ra.type @internal(1 to *)
// CHECK-NEXT:    ra.type @root(2 to 3)
// CHECK-NEXT:    ra.input @word : !ra.symbol<20000> on @leaf
// CHECK-NEXT:    ra.input @x : tensor<8xf32>
// CHECK-NEXT:    ra.input @op : !ra.symbol<3> on @internal, @root
// CHECK-NEXT:    ra.input @w at edges : tensor<4xf32>
// CHECK-NEXT:    ra.input @score at edges : tensor<f32>
// CHECK-NEXT:    ra.input @language at structures : !ra.symbol<2>
// CHECK-NEXT:    ra.param @U : tensor<3x256x256xf32>
ra.model @Declarations structure(dag) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.type @root(2 to 3)
  ra.input @word : !ra.symbol<20000> on @leaf
  ra.input @x : tensor<8xf32>
  ra.input @op : !ra.symbol<3> on @internal, @root
  ra.input @w at edges : tensor<4xf32>
  ra.input @score at edges : tensor<f32>
  ra.input @language at structures : !ra.symbol<2>
  ra.param @U : tensor<3x256x256xf32>
  // CHECK-NEXT:  ra.sweep @up up states(@h : tensor<8xf32>, @c : tensor<8xf32>) {
  // CHECK-NEXT:    ra.body @leaf {
  // CHECK-NEXT:      %[[x:.*]] = ra.read self @x : tensor<8xf32>
  // CHECK-NEXT:      ra.yield %[[x]], %[[x]] : tensor<8xf32>, tensor<8xf32>
  // CHECK-NEXT:    }
  ra.sweep @up up states(@h : tensor<8xf32>, @c : tensor<8xf32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<8xf32>
      ra.yield %x, %x : tensor<8xf32>, tensor<8xf32>
    }
    // CHECK:      %[[z:.*]] = arith.constant dense<0.000000e+00> : tensor<8xf32>
    // CHECK-NEXT: %[[mv:.*]]:2 = ra.over children [max, softmax] else(%[[z]], %[[z]]) {
    // CHECK-NEXT:   %[[hk:.*]] = ra.read there @up::@h : tensor<8xf32>
    // CHECK-NEXT:   %[[s:.*]] = ra.read edge @score : tensor<f32>
    // CHECK-NEXT:   ra.yield %[[hk]], %[[s]], %[[hk]] : tensor<8xf32>, tensor<f32>, tensor<8xf32>
    // CHECK-NEXT: } : tensor<8xf32>, tensor<8xf32>
    // CHECK-NEXT: ra.yield %[[mv]]#0, %[[mv]]#1 : tensor<8xf32>, tensor<8xf32>
    ra.body @internal {
      %z = arith.constant dense<0.0> : tensor<8xf32>
      %m, %v = ra.over children [max, softmax] else(%z, %z) {
        %hk = ra.read there @up::@h : tensor<8xf32>
        %s = ra.read edge @score : tensor<f32>
        ra.yield %hk, %s, %hk : tensor<8xf32>, tensor<f32>, tensor<8xf32>
      } : tensor<8xf32>, tensor<8xf32>
      ra.yield %m, %v : tensor<8xf32>, tensor<8xf32>
    }
    // A child that its type always has needs no default. All combiners at once;
    // the position as a number and, where arities are bounded, as a symbol.
    // CHECK:      ra.read child(1) @up::@c : tensor<8xf32>
    // CHECK-NEXT: ra.over children [sum, mean, prod, max, min, softmax] {
    // CHECK-NEXT:   ra.read there @up::@h : tensor<8xf32>
    // CHECK-NEXT:   ra.read edge @position : tensor<f32>
    // CHECK-NEXT:   ra.read edge @position : !ra.symbol<3>
    ra.body @root {
      %h = ra.read child(1) @up::@c : tensor<8xf32>
      %sum, %mean, %prod, %max, %min, %soft = ra.over children [sum, mean, prod, max, min, softmax] {
        %k = ra.read there @up::@h : tensor<8xf32>
        %i = ra.read edge @position : tensor<f32>
        %p = ra.read edge @position : !ra.symbol<3>
        ra.yield %k, %k, %k, %k, %k, %i, %k : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<8xf32>
      } : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
      %c = arith.mulf %max, %soft : tensor<8xf32>
      ra.yield %h, %c : tensor<8xf32>, tensor<8xf32>
    }
  }
  // CHECK:      ra.sweep @down down states(@d : tensor<8xf32>) {
  // CHECK-NEXT:   ra.body {
  // CHECK:          ra.over parents [sum, max] else(%{{.*}}) {
  // CHECK-NEXT:       ra.read there @down::@d : tensor<8xf32>
  // CHECK-NEXT:       ra.read edge @w : tensor<4xf32>
  ra.sweep @down down states(@d : tensor<8xf32>) {
    ra.body {
      %up = ra.read self @up::@h : tensor<8xf32>
      %s, %m = ra.over parents [sum, max] else(%up) {
        %d = ra.read there @down::@d : tensor<8xf32>
        %w = ra.read edge @w : tensor<4xf32>
        ra.yield %d, %d : tensor<8xf32>, tensor<8xf32>
      } : tensor<8xf32>, tensor<8xf32>
      %language = ra.read structure @language : !ra.symbol<2>
      ra.yield %s : tensor<8xf32>
    }
  }
  // CHECK:      ra.sweep @head map at roots states(@y : tensor<8xf32>) {
  // CHECK-NEXT:   ra.body {
  // CHECK-NEXT:     %[[h:.*]] = ra.read self @up::@h : tensor<8xf32>
  // CHECK-NEXT:     %[[y:.*]] = ra.sigmoid %[[h]] : tensor<8xf32>
  // CHECK-NEXT:     ra.yield %[[y]] : tensor<8xf32>
  ra.sweep @head map at roots states(@y : tensor<8xf32>) {
    ra.body {
      %h = ra.read self @up::@h : tensor<8xf32>
      %y = ra.sigmoid %h : tensor<8xf32>
      ra.yield %y : tensor<8xf32>
    }
  }
  // CHECK:      ra.sweep @pool map at structures states(@p : tensor<8xf32>) {
  // CHECK-NEXT:   ra.body {
  // CHECK-NEXT:     ra.over nodes [max] {
  // CHECK-NEXT:       ra.read there @down::@d : tensor<8xf32>
  ra.sweep @pool map at structures states(@p : tensor<8xf32>) {
    ra.body {
      %m = ra.over nodes [max] {
        %d = ra.read there @down::@d : tensor<8xf32>
        ra.yield %d : tensor<8xf32>
      } : tensor<8xf32>
      ra.yield %m : tensor<8xf32>
    }
  }
  // Bodies at structures read the structure's states at self, all others at structure.
  ra.sweep @pool2 map at structures states(@p : tensor<8xf32>) {
    ra.body {
      %p = ra.read self @pool::@p : tensor<8xf32>
      ra.yield %p : tensor<8xf32>
    }
  }
  // CHECK:      ra.sweep @again map at roots
  // CHECK:        ra.read self @head::@y : tensor<8xf32>
  // CHECK-NEXT:   ra.read structure @pool::@p : tensor<8xf32>
  ra.sweep @again map at roots states(@y : tensor<8xf32>) {
    ra.body {
      %y = ra.read self @head::@y : tensor<8xf32>
      %p = ra.read structure @pool::@p : tensor<8xf32>
      %s = arith.addf %y, %p : tensor<8xf32>
      ra.yield %s : tensor<8xf32>
    }
  }
  // CHECK:      ra.output @states = @up::@h at nodes
  // CHECK-NEXT: ra.output @default = @up::@c
  // CHECK-NEXT: ra.output @root_states = @down::@d at roots
  // CHECK-NEXT: ra.output @logits = @head::@y
  // CHECK-NEXT: ra.output @pooled = @pool::@p at structures
  ra.output @states = @up::@h at nodes
  ra.output @default = @up::@c
  ra.output @root_states = @down::@d at roots
  ra.output @logits = @head::@y
  ra.output @pooled = @pool::@p at structures
}

// Sequences, in both directions.
// CHECK-LABEL: ra.model @Sequence structure(sequence) float(f64)
ra.model @Sequence structure(sequence) float(f64) {
  ra.type @cell(0 to 1)
  ra.input @x : tensor<8xf64>
  // CHECK: ra.read child(0) @f::@h else %{{.*}} : tensor<8xf64>
  ra.sweep @f up states(@h : tensor<8xf64>) {
    ra.body @cell {
      %x = ra.read self @x : tensor<8xf64>
      %h = ra.read child(0) @f::@h else %x : tensor<8xf64>
      %y = ra.sigmoid %h : tensor<8xf64>
      ra.yield %y : tensor<8xf64>
    }
  }
  // CHECK: ra.read parent @b::@h else %{{.*}} : tensor<8xf64>
  ra.sweep @b down states(@h : tensor<8xf64>) {
    ra.body {
      %zero = arith.constant dense<0.0> : tensor<8xf64>
      %x = ra.read child(0) @x else %zero : tensor<8xf64>
      %h = ra.read parent @b::@h else %x : tensor<8xf64>
      ra.yield %h : tensor<8xf64>
    }
  }
}

// CHECK-LABEL: ra.model @Stacked
ra.model @Stacked structure(sequence) float(f32) {
  ra.type @cell(0 to 1)
  ra.input @x : tensor<8xf32>
  ra.sweep @f1 up states(@h : tensor<8xf32>) {
    ra.body @cell {
      %x = ra.read self @x : tensor<8xf32>
      %zero = arith.constant dense<0.0> : tensor<8xf32>
      // CHECK: ra.read child(0) @f1::@h else %{{.*}} : tensor<8xf32>
      %h = ra.read child(0) @f1::@h else %zero : tensor<8xf32>
      %y = ra.sigmoid %x : tensor<8xf32>
      %s = arith.addf %h, %y : tensor<8xf32>
      ra.yield %s : tensor<8xf32>
    }
  }
}

// Types that ra-tabulate-children has refined, and bodies of their kinds.
// CHECK-LABEL: ra.model @Kinds structure(tree) float(f32) {
// CHECK-NEXT:    ra.type @leaf(0) symbol
// CHECK-NEXT:    ra.type @unary(1) kinds inner
// CHECK-NEXT:    ra.type @binary(2) kinds first_two
// CHECK:         ra.body @leaf {
// CHECK:         ra.body @unary kind 1 {
// CHECK-NEXT:      ra.over inner_children [sum] {
// CHECK:         ra.body @unary kind 0 {
// CHECK-NEXT:      ra.over symbol_children [sum] {
// CHECK-NEXT:        ra.read there @x : tensor<4xf32>
// CHECK:         ra.body @binary {
ra.model @Kinds structure(tree) float(f32) {
  ra.type @leaf(0) symbol
  ra.type @unary(1) kinds inner
  ra.type @binary(2) kinds first_two
  ra.input @x : tensor<4xf32> on @leaf
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @unary kind 1 {
      %s = ra.over inner_children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        ra.yield %h : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %s : tensor<4xf32>
    }
    ra.body @unary kind 0 {
      %s = ra.over symbol_children [sum] {
        %x = ra.read there @x : tensor<4xf32>
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %s : tensor<4xf32>
    }
    ra.body @binary {
      %h = ra.read child(1) @up::@h : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}
