// RUN: cortex-opt %s --split-input-file --ra-assign-stages | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ra-assign-stages --remarks-filter-passed=ra-assign-stages -o /dev/null 2>&1 | FileCheck %s --check-prefix=COUNTS

#ik = affine_map<(i, k) -> (i, k)>
#k = affine_map<(i, k) -> (k)>
#i = affine_map<(i, k) -> (i)>

// COUNTS-DAG: operations at constant stage {{.*}}Function=TreeLSTM | count=5
// COUNTS-DAG: operations at symbol stage {{.*}}Function=TreeLSTM | count=10
// COUNTS-DAG: operations at node stage {{.*}}Function=TreeLSTM | count=1
// COUNTS-DAG: operations at recursive stage {{.*}}Function=TreeLSTM | count=5

// CHECK-LABEL: ra.model @TreeLSTM
// A leaf's state is a table: so is the body.
// CHECK:      ra.body @leaf attributes {ra.stage = "symbol:word"} {
// CHECK:        ra.read self @word {ra.stage = "symbol:word"}
// CHECK:        ra.read param @E {ra.stage = "constant"}
// CHECK:        ra.lookup {{.*}}ra.stage = "symbol:word"
// CHECK:        linalg.contract {{.*}}ra.stage = "symbol:word"
// CHECK:      ra.body @internal {
// A look-up that is the same for all children, and what a neighbour's symbol gives.
// CHECK:        ra.read self @pos {ra.stage = "symbol:pos"}
// CHECK:        arith.addf {{.*}} {ra.stage = "symbol:pos,word"}
// CHECK:        ra.over children [sum, mean] {
// CHECK:          ra.read there @up::@h {ra.stage = "recursive"}
// CHECK:          ra.read there @pos {ra.stage = "symbol:pos@there"}
// CHECK:          ra.lookup {{.*}}ra.stage = "symbol:pos@there"
// CHECK:          arith.addf {{.*}} {ra.stage = "recursive"}
// CHECK:        } {ra.stage = "recursive"}
// CHECK:        linalg.contract {{.*}}ra.stage = "recursive"
ra.model @TreeLSTM structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to *)
  ra.input @word : !ra.symbol<9>
  ra.input @pos : !ra.symbol<9>
  ra.param @E : tensor<9x4xf32>
  ra.param @U : tensor<4x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %w = ra.read self @word : !ra.symbol<9>
      %E = ra.read param @E : tensor<9x4xf32>
      %U = ra.read param @U : tensor<4x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %x = ra.lookup %E[%w] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %h = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %x : tensor<4x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
    ra.body @internal {
      %E = ra.read param @E : tensor<9x4xf32>
      %U = ra.read param @U : tensor<4x4xf32>
      %w = ra.read self @word : !ra.symbol<9>
      %p = ra.read self @pos : !ra.symbol<9>
      %xw = ra.lookup %E[%w] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %xp = ra.lookup %E[%p] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %x = arith.addf %xw, %xp : tensor<4xf32>
      %s, %m = ra.over children [sum, mean] {
        %k = ra.read there @up::@h : tensor<4xf32>
        %q = ra.read there @pos : !ra.symbol<9>
        %y = ra.lookup %E[%q] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
        %z = arith.addf %k, %y : tensor<4xf32>
        ra.yield %z, %y : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>
      %g = arith.addf %m, %x : tensor<4xf32>
      %h = linalg.contract indexing_maps = [#ik, #k, #i] ins(%U, %s : tensor<4x4xf32>, tensor<4xf32>) outs(%g : tensor<4xf32>) -> tensor<4xf32>
      %t = math.tanh %h : tensor<4xf32>
      ra.yield %t : tensor<4xf32>
    }
  }
  ra.output @h = @up::@h
}

// -----

// Several sweeps: what an earlier one computed is node stage, in a map sweep all
// is. Symbols of a structure, of an edge and of a child are not the node's own.

// CHECK-LABEL: ra.model @Sweeps
// CHECK:      ra.sweep @up up
// CHECK:        ra.read self @x {ra.stage = "node"}
// CHECK:        ra.read child(0) @up::@h else {{.*}} {ra.stage = "recursive"}
// CHECK:        ra.over parents [sum] {
// CHECK:          ra.read edge @kind {ra.stage = "node"}
// CHECK:        } {ra.stage = "node"}
// CHECK:        ra.read structure @genre {ra.stage = "node"}
// CHECK:        math.tanh {{.*}} {ra.stage = "constant"}
// CHECK:      ra.sweep @down down
// CHECK:        ra.read child(0) @up::@h else {{.*}} {ra.stage = "node"}
// CHECK:        ra.read parent @down::@g else {{.*}} {ra.stage = "recursive"}
// CHECK:        arith.addf {{.*}} {ra.stage = "recursive"}
// CHECK:      ra.sweep @pool map at structures
// CHECK:        ra.body {
// CHECK:        ra.read structure @genre {ra.stage = "node"}
// CHECK:        ra.over nodes [max] {
// CHECK:          ra.read there @down::@g {ra.stage = "node"}
// CHECK:        } {ra.stage = "node"}
// CHECK:      ra.sweep @table map at roots
// CHECK:        ra.body attributes {ra.stage = "symbol:word"}
// CHECK:          ra.read self @word {ra.stage = "symbol:word"}
// CHECK:      ra.sweep @bias map
// CHECK:        ra.body attributes {ra.stage = "constant"}
ra.model @Sweeps structure(tree) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<4xf32>
  ra.input @word : !ra.symbol<9>
  ra.input @kind at edges : !ra.symbol<9>
  ra.input @genre at structures : !ra.symbol<9>
  ra.param @E : tensor<9x4xf32>
  ra.param @b : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %E = ra.read param @E : tensor<9x4xf32>
      %b = ra.read param @b : tensor<4xf32>
      %x = ra.read self @x : tensor<4xf32>
      %c = ra.read child(0) @up::@h else %b : tensor<4xf32>
      %o = ra.over parents [sum] {
        %k = ra.read edge @kind : !ra.symbol<9>
        %e = ra.lookup %E[%k] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
        ra.yield %e : tensor<4xf32>
      } : tensor<4xf32>
      %g = ra.read structure @genre : !ra.symbol<9>
      %eg = ra.lookup %E[%g] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %tb = math.tanh %b : tensor<4xf32>
      %0 = arith.addf %c, %o : tensor<4xf32>
      %1 = arith.addf %0, %eg : tensor<4xf32>
      %2 = arith.addf %1, %tb : tensor<4xf32>
      %3 = arith.addf %2, %x : tensor<4xf32>
      ra.yield %3 : tensor<4xf32>
    }
  }
  ra.sweep @down down states(@g : tensor<4xf32>) {
    ra.body {
      %b = ra.read param @b : tensor<4xf32>
      %h = ra.read child(0) @up::@h else %b : tensor<4xf32>
      %p = ra.read parent @down::@g else %h : tensor<4xf32>
      %0 = arith.addf %h, %p : tensor<4xf32>
      ra.yield %0 : tensor<4xf32>
    }
  }
  ra.sweep @pool map at structures states(@v : tensor<4xf32>) {
    ra.body {
      %E = ra.read param @E : tensor<9x4xf32>
      %g = ra.read structure @genre : !ra.symbol<9>
      %e = ra.lookup %E[%g] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      %m = ra.over nodes [max] {
        %k = ra.read there @down::@g : tensor<4xf32>
        ra.yield %k : tensor<4xf32>
      } : tensor<4xf32>
      %0 = arith.addf %e, %m : tensor<4xf32>
      ra.yield %0 : tensor<4xf32>
    }
  }
  ra.sweep @table map at roots states(@y : tensor<4xf32>) {
    ra.body {
      %E = ra.read param @E : tensor<9x4xf32>
      %w = ra.read self @word : !ra.symbol<9>
      %e = ra.lookup %E[%w] : (tensor<9x4xf32>, !ra.symbol<9>) -> tensor<4xf32>
      ra.yield %e : tensor<4xf32>
    }
  }
  ra.sweep @bias map states(@y : tensor<4xf32>) {
    ra.body {
      %b = ra.read param @b : tensor<4xf32>
      ra.yield %b : tensor<4xf32>
    }
  }
  ra.output @v = @pool::@v
}
