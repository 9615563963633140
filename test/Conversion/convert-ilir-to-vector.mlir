// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector=lanes=16 | FileCheck %s
// RUN: cortex-opt %s --split-input-file --convert-ilir-to-vector=lanes=16 --remarks-filter-passed=convert-ilir-to-vector -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// Levels, their strips of one type, rows, and the panels that this worker owns:
// [P w / W, P (w + 1) / W) of 2 here, computed once. Nothing else in the loops
// depends on the worker; the barrier is called if there are several. Units that do
// not exist are masked, in loads, in the sum over edges and in the store.

// REMARKS: [Passed] masked panels {{.*}}count=1

// CHECK-LABEL: func.func @cortex_prepare(
// CHECK-NOT:     scf.for
// CHECK-LABEL: func.func @cortex_run(
// CHECK-SAME:    %[[FRAME:.*]]: !llvm.ptr, %[[ID:.*]]: i32, %[[COUNT:.*]]: i32)
// CHECK:         %[[W:.*]] = arith.index_castui %[[ID]] : i32 to index
// CHECK-NEXT:    %[[N:.*]] = arith.index_castui %[[COUNT]] : i32 to index
// CHECK:         %[[NEXT:.*]] = arith.addi %[[W]], %c1 : index
// CHECK-NEXT:    %[[A:.*]] = arith.muli %c2, %[[W]] : index
// CHECK-NEXT:    %[[FIRST:.*]] = arith.divui %[[A]], %[[N]] : index
// CHECK-NEXT:    %[[B:.*]] = arith.muli %c2, %[[NEXT]] : index
// CHECK-NEXT:    %[[LAST:.*]] = arith.divui %[[B]], %[[N]] : index
// CHECK-NOT:     %[[W]]{{[^0-9]}}
// CHECK-NOT:     %[[N]]{{[^0-9]}}
// CHECK:         scf.for %[[LEVEL:.*]] = %c0 to %{{.*}} step %c1 {
// CHECK:           scf.for %[[STRIP:.*]] = %{{.*}} to %{{.*}} step %c1 {
// CHECK:             %[[IS:.*]] = arith.cmpi eq, %{{.*}}, %c1 : index
// CHECK-NEXT:        scf.if %[[IS]] {
// CHECK:               scf.for %[[ROW:.*]] = %{{.*}} to %{{.*}} step %c1 {
// CHECK-NEXT:            scf.for %[[PANEL:.*]] = %[[FIRST]] to %[[LAST]] step %c1 {
// CHECK-NEXT:              %[[LANE:.*]] = arith.muli %[[PANEL]], %c16 : index
// CHECK-NEXT:              %[[LEFT:.*]] = arith.subi %c20, %[[LANE]] : index
// CHECK-NEXT:              %[[EXIST:.*]] = arith.maxsi %[[LEFT]], %c0 : index
// CHECK-NEXT:              %[[MASK:.*]] = vector.create_mask %[[EXIST]] : vector<16xi1>
// CHECK:                   %[[X:.*]] = llvm.intr.masked.load %{{.*}}, %[[MASK]], %{{.*}} {alignment = 4 : i32} : (!llvm.ptr, vector<16xi1>, vector<16xf32>) -> vector<16xf32>
// CHECK:                   %[[SUM:.*]] = scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c1 iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<16xf32>) {
// CHECK:                     %[[H:.*]] = llvm.intr.masked.load %{{.*}}, %[[MASK]], %{{.*}} {alignment = 4 : i32} : (!llvm.ptr, vector<16xi1>, vector<16xf32>) -> vector<16xf32>
// CHECK-NEXT:                %[[PLUS:.*]] = arith.addf %[[ACC]], %[[H]] : vector<16xf32>
// CHECK-NEXT:                scf.yield %[[PLUS]] : vector<16xf32>
// CHECK:                   %[[Y:.*]] = arith.addf %[[X]], %[[SUM]] : vector<16xf32>
// CHECK:                   llvm.intr.masked.store %[[Y]], %{{.*}}, %[[MASK]] {alignment = 4 : i32} : vector<16xf32>, vector<16xi1> into !llvm.ptr
// CHECK:           %[[MANY:.*]] = arith.cmpi ugt, %[[N]], %c1 : index
// CHECK-NEXT:      scf.if %[[MANY]] {
// CHECK-NEXT:        %[[ME:.*]] = arith.index_castui %[[W]] : index to i32
// CHECK-NEXT:        llvm.call %{{.*}}(%{{.*}}, %[[ME]]) : !llvm.ptr, (!llvm.ptr, i32) -> ()
// CHECK-NOT:   ilir.
ilir.program @Sum structure(tree) float(f32) {
  ilir.type @leaf(0 to 0)
  ilir.type @node(1 to -1)
  ilir.input @x at nodes : tensor<20xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<20xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @node {
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<20xf32>
          %s = ilir.edges children %p [sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<20xf32>
            ilir.yield %h : tensor<20xf32>
          } : tensor<20xf32>
          %y = arith.addf %x, %s : tensor<20xf32>
          ilir.store %y, @up.h[%r] : tensor<20xf32>, !ilir.index<row>
        }
      }
      ilir.barrier [@up.h]
    }
  }
}

// -----

// 32 units are two panels without a mask. What a worker computes whole it computes
// for all panels, into its own copy: the one address that depends on the worker. The
// gates of one row are unrolled, each read at the same panel.

// CHECK-LABEL: func.func @cortex_run(
// CHECK-NOT:     mask
// CHECK:         %[[W:.*]] = arith.index_castui
// CHECK:         scf.for %{{.*}} = %c0 to %c2 step %c1 {
// CHECK:           %[[X:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
// CHECK-NEXT:      %[[T:.*]] = math.tanh %[[X]] : vector<16xf32>
// CHECK:           %[[COPY:.*]] = arith.muli %[[W]], %{{.*}} : index
// CHECK-NEXT:      %[[BYTES:.*]] = arith.index_cast %[[COPY]] : index to i64
// CHECK-NEXT:      %[[OWN:.*]] = llvm.getelementptr %{{.*}}[%[[BYTES]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// CHECK:           llvm.store %[[T]], %{{.*}} {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr
// CHECK:         scf.for
// CHECK:           %[[G0:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK-NEXT:      %[[S:.*]] = arith.negf %[[G0]] : vector<16xf32>
// CHECK:           %[[G1:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<16xf32>
// CHECK-NEXT:      %[[Y:.*]] = arith.mulf %[[S]], %[[G1]] : vector<16xf32>
// CHECK:           llvm.store %[[Y]]
// CHECK-NOT:     mask
// CHECK:         return
ilir.program @Whole structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<32xf32>
  ilir.input @g at nodes : tensor<2x32xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<32xf32> private
  ilir.buffer @temp.0 strip_rows of @up : tensor<32xf32> local
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows whole (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<32xf32>
          %t = math.tanh %x : tensor<32xf32>
          ilir.store %t, @temp.0[%p] : tensor<32xf32>, !ilir.index<position>
        }
        ilir.rows rows owned (%p) {
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %g = ilir.load @g[%n] : !ilir.index<node> to tensor<2x32xf32>
          %g0 = tensor.extract_slice %g[0, 0] [1, 32] [1, 1] : tensor<2x32xf32> to tensor<32xf32>
          %s = arith.negf %g0 : tensor<32xf32>
          %g1 = tensor.extract_slice %g[1, 0] [1, 32] [1, 1] : tensor<2x32xf32> to tensor<32xf32>
          %y = arith.mulf %s, %g1 : tensor<32xf32>
          ilir.store %y, @up.h[%r] : tensor<32xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Going down, rows are found through the order's row list; a parent that is not there
// is -1, and what it gives is the default. A mean divides by the number of edges, or
// by one over nobody; a maximum over nobody is its default. Doubles come in the same
// number of lanes that is asked for.

// REMARKS: [Passed] masked panels {{.*}}count=1

// CHECK-LABEL: func.func @cortex_run(
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             %[[PRESENT:.*]] = arith.cmpi slt, %{{.*}}, %{{.*}} : index
// CHECK-NEXT:        %[[PARENT:.*]] = scf.if %[[PRESENT]] -> (index) {
// CHECK:             } else {
// CHECK-NEXT:          scf.yield %c-1 : index
// CHECK:             %[[THERE:.*]] = arith.cmpi sge, %[[PARENT]], %c0 : index
// CHECK-NEXT:        %[[H:.*]] = scf.if %[[THERE]] -> (vector<16xf64>) {
// CHECK:               llvm.intr.masked.load
// CHECK:             } else {
// CHECK-NEXT:          %[[Z:.*]] = arith.constant dense<1.000000e+00> : vector<16xf64>
// CHECK-NEXT:          scf.yield %[[Z]] : vector<16xf64>
// CHECK:             %[[SUMS:.*]]:2 = scf.for %{{.*}} iter_args(%[[S:.*]] = %{{.*}}, %[[M:.*]] = %{{.*}}) -> (vector<16xf64>, vector<16xf64>) {
// CHECK:               arith.addf %[[S]], %{{.*}} : vector<16xf64>
// CHECK-NEXT:          arith.maximumf %[[M]], %{{.*}} : vector<16xf64>
// CHECK:             %[[COUNT:.*]] = arith.maxsi %{{.*}}, %c1 : index
// CHECK:             %[[DIV:.*]] = arith.sitofp %{{.*}} : i64 to f64
// CHECK:             arith.divf %[[SUMS]]#0, %{{.*}} : vector<16xf64>
// CHECK:             %[[ANY:.*]] = arith.cmpi slt, %{{.*}}, %{{.*}} : index
// CHECK-NEXT:        scf.if %[[ANY]] -> (vector<16xf64>) {
// CHECK-NEXT:          scf.yield %[[SUMS]]#1 : vector<16xf64>
// CHECK-NEXT:        } else {
// CHECK-NEXT:          %[[D:.*]] = arith.constant dense<1.000000e+00> : vector<16xf64>
// CHECK-NEXT:          scf.yield %[[D]] : vector<16xf64>
ilir.program @Down structure(dag) float(f64) {
  ilir.type @node(0 to -1)
  ilir.order @up up
  ilir.order @down down
  ilir.buffer @down.h rows : tensor<7xf64> private
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @down {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<1.0> : tensor<7xf64>
          %k = ilir.index parent %p : !ilir.index<position> to !ilir.index<row>
          %h = ilir.load @down.h[%k] else %z : !ilir.index<row> to tensor<7xf64>
          %mean, %max = ilir.edges parents %p [mean, max] else(%z) (%e) {
            %q = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %hq = ilir.load @down.h[%q] : !ilir.index<row> to tensor<7xf64>
            ilir.yield %hq, %hq : tensor<7xf64>, tensor<7xf64>
          } : tensor<7xf64>, tensor<7xf64>
          %0 = arith.addf %h, %mean : tensor<7xf64>
          %1 = arith.addf %0, %max : tensor<7xf64>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %1, @down.h[%r] : tensor<7xf64>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// In prepare a nest runs once, its outer dimension in a loop; weights are packed by
// their owner: per panel, chunk, k, product and lane, zero where there is no unit.

// REMARKS: [Passed] masked panels {{.*}}count=2

// CHECK-LABEL: func.func @cortex_prepare(
// CHECK:         scf.for %{{.*}} = %c0 to %c10 step %c1 {
// CHECK-NEXT:      scf.for %{{.*}} = %[[FIRST:.*]] to %[[LAST:.*]] step %c1 {
// CHECK:             math.exp %{{.*}} : vector<16xf32>
// CHECK:             llvm.intr.masked.store
// CHECK:         scf.for %[[KEY:.*]] = %c0 to %c1 step %c1 {
// CHECK:           scf.for %[[PANEL:.*]] = %{{.*}} to %{{.*}} step %c1 {
// CHECK-NEXT:        scf.for %[[CHUNK:.*]] = %c0 to %c1 step %c1 {
// CHECK-NEXT:          scf.for %[[K:.*]] = %c0 to %c8 step %c1 {
// CHECK:                 scf.for %[[N:.*]] = %c0 to %c1 step %c1 {
// CHECK:                   scf.for %[[LANE:.*]] = %c0 to %c16 step %c1 {
// CHECK-NEXT:                %[[BASE:.*]] = arith.muli %[[PANEL]], %c16 : index
// CHECK-NEXT:                %[[UNIT:.*]] = arith.addi %[[BASE]], %[[LANE]] : index
// CHECK-NEXT:                %[[EXISTS:.*]] = arith.cmpi ult, %[[UNIT]], %c10 : index
// CHECK:                     scf.if %{{.*}} -> (f32) {
// CHECK:                     } else {
// CHECK-NEXT:                  scf.yield %[[ZERO:.*]] : f32
// CHECK:                     llvm.store
ilir.program @Prepare structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.param @W : tensor<10x8xf32>
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> private
  ilir.buffer @c const : tensor<10x8xf32> constant in_prepare
  ilir.buffer @packed const : tensor<1x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    ilir.rows once owned () {
      %W = ilir.load @W : tensor<10x8xf32>
      %e = math.exp %W : tensor<10x8xf32>
      ilir.store %e, @c : tensor<10x8xf32>
    }
    ilir.barrier [@c]
    ilir.pack @packed = @c keys [] n [] k [1] unit 0
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %one = arith.constant dense<1.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %one, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// A norm: one partial sum per lane, in panels, then halves of the lanes; it is stored by
// one worker. Over the lanes that do not exist the sum gets its identity.

// CHECK-LABEL: func.func @cortex_run(
// CHECK:         scf.for
// CHECK:           %[[PARTIAL:.*]] = scf.for %{{.*}} = %c0 to %c32 step %c16 iter_args(%[[ACC:.*]] = %{{.*}}) -> (vector<16xf32>) {
// CHECK:             %[[MASK:.*]] = vector.create_mask
// CHECK:             %[[X:.*]] = llvm.intr.masked.load
// CHECK:             %[[SAFE:.*]] = arith.select %[[MASK]], %[[X]], %{{.*}} : vector<16xi1>, vector<16xf32>
// CHECK-NEXT:        arith.addf %[[ACC]], %[[SAFE]] : vector<16xf32>
// CHECK:           vector.extract_strided_slice %[[PARTIAL]] {offsets = [0], sizes = [8], strides = [1]}
// CHECK-NEXT:      vector.extract_strided_slice %[[PARTIAL]] {offsets = [8], sizes = [8], strides = [1]}
// CHECK-NEXT:      arith.addf %{{.*}} : vector<8xf32>
// CHECK:           arith.addf %{{.*}} : vector<4xf32>
// CHECK:           arith.addf %{{.*}} : vector<2xf32>
// CHECK:           arith.addf %{{.*}} : vector<1xf32>
// CHECK:           llvm.store %{{.*}} : f32, !llvm.ptr
ilir.program @Norm structure(tree) float(f32) {
  ilir.type @node(0 to -1)
  ilir.input @x at nodes : tensor<20xf32>
  ilir.order @up up
  ilir.buffer @up.n rows : tensor<f32> private
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips {
        ilir.rows rows owned (%p) {
          %z = arith.constant dense<0.0> : tensor<f32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          %n = ilir.index node %r : !ilir.index<row> to !ilir.index<node>
          %x = ilir.load @x[%n] : !ilir.index<node> to tensor<20xf32>
          %s = linalg.reduce { arith.addf } ins(%x : tensor<20xf32>) outs(%z : tensor<f32>) dimensions = [0]
          ilir.store %s, @up.n[%r] : tensor<f32>, !ilir.index<row>
        }
      }
    }
  }
}
