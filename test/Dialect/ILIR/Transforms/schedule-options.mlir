// RUN: cortex-opt %s --ilir-split-nests=fuse=none | FileCheck %s --check-prefix=NONE
// RUN: cortex-opt %s --ilir-split-nests=fuse=none --remarks-filter-passed=ilir-split-nests -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS
// RUN: cortex-opt %s --ilir-split-nests --ilir-form-phases=dense=false | FileCheck %s --check-prefix=NODE
// RUN: cortex-opt %s --ilir-split-nests --ilir-form-phases | FileCheck %s --check-prefix=STRIP

// Without fusion every operator but the last has a temporary, in the region of a reduction by edge. Views, constants
// and comparisons are no operators whose results are stored.

// REMARKS: [Passed] nests {{.*}} | count=6
// REMARKS: [Passed] temporaries {{.*}} | count=5

// NONE:      ilir.buffer @temp.0 level_edges of @up children
// NONE:      ilir.func @run {
// NONE-NEXT:   ilir.levels @up {
// NONE-NEXT:     ilir.strips {
// NONE-NEXT:       ilir.rows children unassigned
// NONE:              math.tanh
// NONE:              ilir.store %{{.*}}, @temp.0
// NONE:            ilir.rows rows unassigned
// NONE-NEXT:         ilir.edges children
// NONE:                ilir.load @temp.0
// NONE:              ilir.store %{{.*}}, @temp.1
// NONE:            ilir.rows rows unassigned
// NONE:              ilir.product
// NONE:              ilir.store %{{.*}}, @temp.2
// NONE:            ilir.rows rows unassigned
// NONE:              arith.addf
// NONE:              ilir.store %{{.*}}, @temp.3
// NONE:            ilir.rows rows unassigned
// NONE:              math.tanh
// NONE:              ilir.store %{{.*}}, @temp.4
// NONE:            ilir.rows rows unassigned
// NONE:              arith.cmpf
// NONE:              arith.select
// NONE:              ilir.store %{{.*}}, @up.h

// NODE:  ilir.buffer @temp.0 order_rows of @up : tensor<8xf32> local
// NODE:  ilir.buffer @temp.1 order_rows of @up : tensor<8xf32> private
// STRIP: ilir.buffer @temp.0 strip_rows of @up : tensor<8xf32> local
// STRIP: ilir.buffer @temp.1 strip_rows of @up : tensor<8xf32> private
ilir.program @P structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @U const : tensor<1x1x8x1x8xf32> constant packed
  ilir.buffer @b const : tensor<8xf32> constant
  ilir.output @"out:h" = @up.h at nodes
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows unassigned (%p) {
          %s = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            %t = math.tanh %h : tensor<8xf32>
            ilir.yield %t : tensor<8xf32>
          } : tensor<8xf32>
          %y = ilir.product %s, @U m [] k [0] out_m [] out_n [] : tensor<8xf32> to tensor<8xf32>
          %b = ilir.load @b : tensor<8xf32>
          %a = arith.addf %y, %b : tensor<8xf32>
          %t = math.tanh %a : tensor<8xf32>
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %m = arith.cmpf ogt, %t, %z : tensor<8xf32>
          %g = arith.select %m, %t, %z : tensor<8xi1>, tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %g, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
