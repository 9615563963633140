// RUN: cortex-opt %s --split-input-file --ra-tabulate-children=budget=100 | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-tabulate-children=budget=100 --remarks-filter-passed=ra-tabulate-children --remarks-filter-missed=ra-tabulate-children -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS
// Done twice it does nothing more.
// RUN: cortex-opt %s --split-input-file --ra-tabulate-children=budget=100 --ra-tabulate-children=budget=100 | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-tabulate-children=budget=0.5 | FileCheck %s --check-prefix=STATES
// RUN: cortex-opt %s --split-input-file --ra-tabulate-children=budget=0.1 --remarks-filter-missed=ra-tabulate-children 2>&1 | FileCheck %s --check-prefix=NONE

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Without an inner child the sum goes over symbol children, and the product with
// it is a sum of products; else the inner children come first.

// REMARKS-DAG: [Passed] kinds made {{.*}}Function=ChildSum | count=2
// REMARKS-DAG: [Passed] reductions over symbol children {{.*}}Function=ChildSum | count=4
// REMARKS-DAG: [Passed] states read from symbols {{.*}}Function=ChildSum | count=4
// REMARKS-DAG: [Passed] products pushed to symbol children {{.*}}Function=ChildSum | count=2

// CHECK-LABEL: ra.model @ChildSum
// CHECK:       ra.type @leaf(0) symbol
// CHECK-NEXT:  ra.type @internal(1 to *) kinds inner
// CHECK:       ra.body @internal kind 0 {
// CHECK-NOT:     @up
// CHECK:         %[[S:.*]] = ra.over symbol_children [sum] {
// CHECK-NEXT:      %[[word:.*]] = ra.read there @word
// CHECK-NEXT:      %[[E:.*]] = ra.read param @E
// CHECK-NEXT:      %[[x:.*]] = ra.lookup %[[E]][%[[word]]]
// CHECK-NEXT:      %[[t:.*]] = math.tanh %[[x]]
// CHECK:           %[[p:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[t]] :
// CHECK-NEXT:      ra.yield %[[p]]
// CHECK:         arith.addf %{{.*}}, %[[S]]
// CHECK:         ra.over symbol_children [sum] {
// CHECK:           %[[x2:.*]] = ra.lookup
// CHECK:           ra.sigmoid
// CHECK-NEXT:      arith.mulf %{{.*}}, %[[x2]]
// CHECK-NOT:     @up
// CHECK:       ra.body @internal kind 1 {
// CHECK:         %[[inner:.*]] = ra.over inner_children [sum] {
// CHECK-NEXT:      ra.read there @up::@h
// CHECK:         %[[g:.*]] = linalg.contract {{.*}} ins(%{{.*}}, %[[inner]] :
// CHECK:         ra.over symbol_children [sum] {
// CHECK:           linalg.contract
// CHECK:         arith.addf %[[g]],
// CHECK:         ra.over inner_children [sum] {
// CHECK:         ra.over symbol_children [sum] {

// No room: nothing.

// NONE:       [Missed] products of symbol children {{.*}}Remark="their tables need 160 bytes, and the budget is 16"
// NONE:       [Missed] states of symbol children
// NONE-LABEL: ra.model @ChildSum
// NONE:       ra.type @leaf(0){{$}}
// NONE-NEXT:  ra.type @internal(1 to *){{$}}
// NONE-NOT:   symbol_children
// NONE-LABEL: ra.model @ByPlace
ra.model @ChildSum structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @word : !ra.symbol<5> on @leaf
  ra.param @E : tensor<5x4xf32>
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>, @c : tensor<4xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<5>
      %E = ra.read param @E : tensor<5x4xf32>
      %x = ra.lookup %E[%w] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      %t = math.tanh %x : tensor<4xf32>
      ra.yield %t, %x : tensor<4xf32>, tensor<4xf32>
    }
    ra.body @internal {
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %s = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        ra.yield %h : tensor<4xf32>
      } : tensor<4xf32>
      %g = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %s : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      %f = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        %p = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %h : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
        %q = ra.sigmoid %p : tensor<4xf32>
        %c = ra.read there @up::@c : tensor<4xf32>
        %m = arith.mulf %q, %c : tensor<4xf32>
        ra.yield %m : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %g, %f : tensor<4xf32>, tensor<4xf32>
    }
  }
  ra.output @root = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Children by their place: a kind for each pattern. A product with the sum of the
// two is parted where one of them is known by its symbol.

// REMARKS-DAG: [Passed] kinds made {{.*}}Function=ByPlace | count=4

// CHECK-LABEL: ra.model @ByPlace
// CHECK:       ra.type @pair(1 to 2) kinds first_two
// CHECK:       ra.body @pair kind 0 {
// CHECK-DAG:     ra.read child(0) @up::@h
// CHECK-DAG:     ra.read child(1) @up::@h else
// CHECK:       ra.body @pair kind 1 {
// CHECK:         ra.read child(0) @word
// CHECK:         ra.read child(1) @up::@h else
// CHECK-COUNT-2: linalg.contract
// CHECK:       ra.body @pair kind 2 {
// CHECK:         ra.read child(1) @word
// CHECK:         ra.read child(0) @up::@h
// CHECK-COUNT-2: linalg.contract
// CHECK:       ra.body @pair kind 3 {
// CHECK-NOT:     @up
// CHECK-DAG:     ra.read child(0) @word
// CHECK-DAG:     ra.read child(1) @word
// CHECK-COUNT-2: linalg.contract
ra.model @ByPlace structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @pair(1 to 2)
  ra.input @word : !ra.symbol<5> on @leaf
  ra.param @E : tensor<5x4xf32>
  ra.param @U : tensor<4x4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<5>
      %E = ra.read param @E : tensor<5x4xf32>
      %x = ra.lookup %E[%w] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @pair {
      %U = ra.read param @U : tensor<4x4xf32>
      %z = arith.constant dense<0.0> : tensor<4xf32>
      %l = ra.read child(0) @up::@h : tensor<4xf32>
      %r = ra.read child(1) @up::@h else %z : tensor<4xf32>
      %s = arith.addf %l, %r : tensor<4xf32>
      %g = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %s : tensor<4x4xf32>, tensor<4xf32>) outs(%z : tensor<4xf32>) -> tensor<4xf32>
      %h = math.tanh %g : tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.output @root = @up::@h
}

// -----

// Mean, product, max and min are parted; a softmax is not, and so all children
// are rows to it. Of two symbol types one is told apart.

// REMARKS-DAG: [Missed] reduction over children {{.*}}a softmax needs the scores of all children together
// REMARKS-DAG: [Missed] a symbol type {{.*}}only children of one type, @leaf, are told apart

// CHECK-LABEL: ra.model @Combiners
// CHECK:       ra.type @leaf(0) symbol
// CHECK-NEXT:  ra.type @other(0){{$}}
// CHECK:       ra.body @internal kind 0 {
// CHECK:         ra.over symbol_children [mean, prod, max, min] {
// CHECK:         ra.over symbol_children [softmax] {
// CHECK:       ra.body @internal kind 1 {
// CHECK:         %[[A:.*]]:4 = ra.over inner_children [sum, prod, max, min] {
// CHECK:         %[[B:.*]]:4 = ra.over symbol_children [sum, prod, max, min] {
// CHECK:         %[[S:.*]] = arith.addf %[[A]]#0, %[[B]]#0
// CHECK:         %[[N:.*]] = ra.over children [sum] {
// CHECK:         %[[W:.*]] = linalg.broadcast ins(%[[N]]
// CHECK:         arith.divf %[[S]], %[[W]]
// CHECK:         arith.mulf %[[A]]#1, %[[B]]#1
// CHECK:         arith.maximumf %[[A]]#2, %[[B]]#2
// CHECK:         arith.minimumf %[[A]]#3, %[[B]]#3
// CHECK:         ra.over children [softmax] {
ra.model @Combiners structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @other(0)
  ra.type @internal(1 to *)
  ra.input @word : !ra.symbol<5> on @leaf, @other
  ra.param @E : tensor<5x4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<5>
      %E = ra.read param @E : tensor<5x4xf32>
      %x = ra.lookup %E[%w] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @other {
      %w = ra.read self @word : !ra.symbol<5>
      %E = ra.read param @E : tensor<5x4xf32>
      %x = ra.lookup %E[%w] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      %t = math.tanh %x : tensor<4xf32>
      ra.yield %t : tensor<4xf32>
    }
    ra.body @internal {
      %a, %b, %c, %d = ra.over children [mean, prod, max, min] {
        %h = ra.read there @up::@h : tensor<4xf32>
        ra.yield %h, %h, %h, %h : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      %s = arith.constant dense<1.0> : tensor<f32>
      %e = ra.over children [softmax] {
        %h = ra.read there @up::@h : tensor<4xf32>
        ra.yield %s, %h : tensor<f32>, tensor<4xf32>
      } : tensor<4xf32>
      %ab = arith.addf %a, %b : tensor<4xf32>
      %cd = arith.addf %c, %d : tensor<4xf32>
      %abcd = arith.addf %ab, %cd : tensor<4xf32>
      %y = arith.addf %abcd, %e : tensor<4xf32>
      ra.yield %y : tensor<4xf32>
    }
  }
  ra.output @root = @up::@h
}

// -----

// A leaf that reads features, and one whose two symbols would make a table over
// pairs, are rows.

// CHECK-LABEL: ra.model @Rows
// CHECK-NOT:   symbol_children
// CHECK-NOT:   kind 0
ra.model @Rows structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @tagged(0)
  ra.type @internal(1 to *)
  ra.input @word : !ra.symbol<5> on @tagged
  ra.input @tag : !ra.symbol<5> on @tagged
  ra.input @x : tensor<4xf32> on @leaf
  ra.param @E : tensor<5x4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
    ra.body @tagged {
      %w = ra.read self @word : !ra.symbol<5>
      %t = ra.read self @tag : !ra.symbol<5>
      %E = ra.read param @E : tensor<5x4xf32>
      %x = ra.lookup %E[%w] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      %y = ra.lookup %E[%t] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      %s = arith.addf %x, %y : tensor<4xf32>
      ra.yield %s : tensor<4xf32>
    }
    ra.body @internal {
      %s = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        ra.yield %h : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %s : tensor<4xf32>
    }
  }
  ra.output @root = @up::@h
}

// -----

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// Room for states, not for products: the product stays one with the sum.

// CHECK-LABEL: ra.model @Wide
// STATES-LABEL: ra.model @Wide
// STATES:      ra.body @internal kind 0 {
// STATES:        %[[S:.*]] = ra.over symbol_children [sum] {
// STATES-NOT:      linalg.contract
// STATES:          ra.yield
// STATES:        linalg.contract {{.*}} ins(%{{.*}}, %[[S]] :
// STATES:      ra.body @internal kind 1 {
ra.model @Wide structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @word : !ra.symbol<5> on @leaf
  ra.param @E : tensor<5x4xf32>
  ra.param @U : tensor<8x4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<5>
      %E = ra.read param @E : tensor<5x4xf32>
      %x = ra.lookup %E[%w] : (tensor<5x4xf32>, !ra.symbol<5>) -> tensor<4xf32>
      %t = math.tanh %x : tensor<4xf32>
      ra.yield %t : tensor<4xf32>
    }
    ra.body @internal {
      %U = ra.read param @U : tensor<8x4xf32>
      %z = arith.constant dense<0.0> : tensor<8xf32>
      %s = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<4xf32>
        ra.yield %h : tensor<4xf32>
      } : tensor<4xf32>
      %g = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %s : tensor<8x4xf32>, tensor<4xf32>) outs(%z : tensor<8xf32>) -> tensor<8xf32>
      %t = math.tanh %g : tensor<8xf32>
      %h = tensor.extract_slice %t[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
  ra.output @root = @up::@h
}
