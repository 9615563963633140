// RUN: cortex-opt %s --split-input-file --ilir-drop-unread-states | FileCheck %s
// RUN: cortex-opt %s --split-input-file --ilir-drop-unread-states --remarks-filter-passed=ilir-drop-unread-states -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARKS --implicit-check-not='[Passed]'

// Parents go over inner children: @up.h of a leaf is read where it is a root,
// @up.c nowhere.

// REMARKS: [Passed] stores dropped {{.*}}Function=Roots | count=1
// REMARKS: [Passed] nests of roots only {{.*}}Function=Roots | count=1

// CHECK-LABEL: ilir.program @Roots
// CHECK:       ilir.type @leaf(0 to 0) symbol kinds root
// CHECK:       ilir.strips @leaf kind 1 {
// CHECK-NEXT:    ilir.rows
// CHECK-NEXT:      arith.constant
// CHECK-NEXT:      ilir.index row
// CHECK-NEXT:      ilir.store %{{.*}}, @up.h
// CHECK-NEXT:    }
// CHECK:       ilir.strips @node kind 1 {
// CHECK:         ilir.store %{{.*}}, @up.h
// CHECK:         ilir.store %{{.*}}, @up.c
ilir.program @Roots structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol
  ilir.type @node(1 to -1) kinds inner
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.output @"out:h" = @up.h at roots
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %o = arith.constant dense<1.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %o, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @node kind 1 {
        ilir.rows rows unassigned (%p) {
          %s, %t = ilir.edges inner_children %p [sum, sum] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.h[%k] : !ilir.index<row> to tensor<8xf32>
            %c = ilir.load @up.c[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h, %c : tensor<8xf32>, tensor<8xf32>
          } : tensor<8xf32>, tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %s, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %t, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Readers elsewhere: an output of all nodes, a reduction over all children, a
// child that may be a leaf. One that the kind says is none is no reader.

// CHECK-LABEL: ilir.program @Others
// CHECK:       ilir.type @leaf(0 to 0) symbol{{$}}
// CHECK:       ilir.strips @leaf {
// CHECK:         ilir.store %{{.*}}, @up.a
// CHECK-NEXT:    ilir.store %{{.*}}, @up.b
// CHECK-NEXT:    ilir.store %{{.*}}, @up.c
// CHECK-NEXT:  }

// REMARKS: [Passed] stores dropped {{.*}}Function=Others | count=1
ilir.program @Others structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol
  ilir.type @node(2 to 2) kinds first
  ilir.order @up up
  ilir.buffer @up.a rows : tensor<8xf32> exchanged
  ilir.buffer @up.b rows : tensor<8xf32> exchanged
  ilir.buffer @up.c rows : tensor<8xf32> exchanged
  ilir.buffer @up.d rows : tensor<8xf32> exchanged
  ilir.output @"out:a" = @up.a at nodes
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.a[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %z, @up.b[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %z, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %z, @up.d[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @node kind 0 {
        ilir.rows rows unassigned (%p) {
          %b = ilir.edges children %p [max] (%e) {
            %k = ilir.index neighbour %e : !ilir.index<edge> to !ilir.index<row>
            %h = ilir.load @up.b[%k] : !ilir.index<row> to tensor<8xf32>
            ilir.yield %h : tensor<8xf32>
          } : tensor<8xf32>
          %second = ilir.index child(1) %p : !ilir.index<position> to !ilir.index<row>
          %c = ilir.load @up.c[%second] : !ilir.index<row> to tensor<8xf32>
          %first = ilir.index child(0) %p : !ilir.index<position> to !ilir.index<row>
          %d = ilir.load @up.d[%first] : !ilir.index<row> to tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %b, @up.a[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %b, @up.b[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %c, @up.c[%r] : tensor<8xf32>, !ilir.index<row>
          ilir.store %d, @up.d[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Nobody at all: no nest.

// CHECK-LABEL: ilir.program @Nobody
// CHECK-NOT:   ilir.strips @leaf
// CHECK:       ilir.strips @node

// REMARKS: [Passed] stores dropped {{.*}}Function=Nobody | count=1
ilir.program @Nobody structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol
  ilir.type @node(1 to -1)
  ilir.order @up up
  ilir.buffer @up.h rows : tensor<8xf32> exchanged
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
      ilir.strips @node {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @up.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Joined sweeps: the second one is read at all nodes, so that all rows stay.

// CHECK-LABEL: ilir.program @JoinedApart
// CHECK:       ilir.type @leaf(0 to 0) symbol{{$}}
// CHECK:       ilir.strips @leaf {
// CHECK:         ilir.store %{{.*}}, @a.h
// CHECK:         ilir.store %{{.*}}, @b.h
ilir.program @JoinedApart structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol
  ilir.order @up up
  ilir.buffer @a.h rows : tensor<8xf32> exchanged
  ilir.buffer @b.h rows : tensor<8xf32> exchanged
  ilir.output @"out:a" = @a.h at roots
  ilir.output @"out:b" = @b.h at nodes
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @a.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @b.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Both are read at roots only.

// CHECK-LABEL: ilir.program @JoinedRoots
// CHECK:       ilir.type @leaf(0 to 0) symbol kinds root
// CHECK:       ilir.strips @leaf kind 1 {
// CHECK:         ilir.store %{{.*}}, @a.h
// CHECK:         ilir.store %{{.*}}, @b.h

// REMARKS: [Passed] nests of roots only {{.*}}Function=JoinedRoots | count=2
ilir.program @JoinedRoots structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol
  ilir.order @up up
  ilir.buffer @a.h rows : tensor<8xf32> exchanged
  ilir.buffer @b.h rows : tensor<8xf32> exchanged
  ilir.output @"out:a" = @a.h at roots
  ilir.output @"out:b" = @b.h at roots
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @a.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @b.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}

// -----

// Nobody reads the second one: its nest goes, the first one is of roots.

// CHECK-LABEL: ilir.program @JoinedNobody
// CHECK:       ilir.strips @leaf kind 1 {
// CHECK:         ilir.store %{{.*}}, @a.h
// CHECK-NOT:     ilir.rows
// CHECK-NOT:     ilir.store

// REMARKS: [Passed] stores dropped {{.*}}Function=JoinedNobody | count=1
// REMARKS: [Passed] nests of roots only {{.*}}Function=JoinedNobody | count=1
ilir.program @JoinedNobody structure(tree) float(f32) {
  ilir.type @leaf(0 to 0) symbol
  ilir.order @up up
  ilir.buffer @a.h rows : tensor<8xf32> exchanged
  ilir.buffer @b.h rows : tensor<8xf32> exchanged
  ilir.output @"out:a" = @a.h at roots
  ilir.func @prepare {
  }
  ilir.func @run {
    ilir.levels @up {
      ilir.strips @leaf {
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @a.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
        ilir.rows rows unassigned (%p) {
          %z = arith.constant dense<0.0> : tensor<8xf32>
          %r = ilir.index row %p : !ilir.index<position> to !ilir.index<row>
          ilir.store %z, @b.h[%r] : tensor<8xf32>, !ilir.index<row>
        }
      }
    }
  }
}
