// The units of a matrix among the intermediates of all workers begin on a cache line in each row.
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector="lanes=8" | FileCheck %s

// @shared has rows of 25 floats, 100 bytes: 128 in memory, by which both nests count. Not so
// what one worker has for itself, what fits one line, what is read as a vector, and states.

// CHECK-LABEL: func.func @cortex_run(
// An item is 12 rows of 128 bytes; of 100, and up to a line; of 12, and up to a line.
// CHECK-DAG:     %[[SHARED:.*]] = arith.constant 1536 : index
// CHECK-DAG:     %[[PLAIN:.*]] = arith.constant 1216 : index
// CHECK-DAG:     %[[NARROW:.*]] = arith.constant 192 : index
// The state's address, then a panel of it: rows of 25.
// CHECK:         arith.muli %{{.*}}, %[[PLAIN]] : index
// CHECK:         arith.muli %{{.*}}, %c25{{.*}} : index
// CHECK:         %[[V:.*]] = llvm.intr.masked.load
// To @shared: rows of 32.
// CHECK:         arith.muli %{{.*}}, %[[SHARED]] : index
// CHECK:         arith.muli %{{.*}}, %c32{{.*}} : index
// CHECK:         llvm.intr.masked.store %[[V]]
// From there to @local: rows of 25.
// CHECK:         arith.muli %{{.*}}, %[[SHARED]] : index
// CHECK:         arith.muli %{{.*}}, %c32{{.*}} : index
// CHECK:         %[[W:.*]] = llvm.intr.masked.load
// CHECK:         arith.muli %{{.*}}, %[[PLAIN]] : index
// CHECK:         arith.muli %{{.*}}, %c25{{.*}} : index
// CHECK:         llvm.intr.masked.store %[[W]]
// From there to @flat, which is read as a vector.
// CHECK:         llvm.intr.masked.load
// CHECK:         arith.muli %{{.*}}, %[[PLAIN]] : index
// CHECK:         arith.muli %{{.*}}, %c25{{.*}} : index
// CHECK:         llvm.intr.masked.store
// CHECK:         arith.muli %{{.*}}, %[[NARROW]] : index
ilir.program @Lines structure(tree) float(f32) {
  ilir.type @node(1 to 1)
  ilir.order @up up
  ilir.buffer @up.A rows : tensor<12x25xf32> exchanged
  ilir.buffer @up.v rows : tensor<300xf32> private
  ilir.buffer @up.n rows : tensor<12x3xf32> private
  ilir.buffer @shared strip_rows of @up : tensor<12x25xf32> private
  ilir.buffer @local strip_rows of @up : tensor<12x25xf32> local
  ilir.buffer @flat strip_rows of @up : tensor<12x25xf32> private
  ilir.buffer @narrow strip_rows of @up : tensor<12x3xf32> private
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %k = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %a = ilir.load @up.A[%k] : !ilir.index<row> to tensor<12x25xf32>
          ilir.store %a, @shared[%p] : tensor<12x25xf32>, !ilir.index<position>
        }
        ilir.rows rows whole (%p) {
          %a = ilir.load @shared[%p] : !ilir.index<position> to tensor<12x25xf32>
          ilir.store %a, @local[%p] : tensor<12x25xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %a = ilir.load @local[%p] : !ilir.index<position> to tensor<12x25xf32>
          ilir.store %a, @flat[%p] : tensor<12x25xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %a = ilir.load @shared[%p] : !ilir.index<position> to tensor<12x25xf32>
          %n = tensor.extract_slice %a[0, 0] [12, 3] [1, 1] : tensor<12x25xf32> to tensor<12x3xf32>
          ilir.store %n, @narrow[%p] : tensor<12x3xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %f = ilir.load @flat[%p] : !ilir.index<position> to tensor<12x25xf32>
          %v = tensor.collapse_shape %f [[0, 1]] : tensor<12x25xf32> into tensor<300xf32>
          ilir.store %v, @up.v[%r] : tensor<300xf32>, !ilir.index<row>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.load @narrow[%p] : !ilir.index<position> to tensor<12x3xf32>
          ilir.store %n, @up.n[%r] : tensor<12x3xf32>, !ilir.index<row>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %a = ilir.load @shared[%p] : !ilir.index<position> to tensor<12x25xf32>
          ilir.store %a, @up.A[%r] : tensor<12x25xf32>, !ilir.index<row>
        }
      }
    }
  }
}
