// A model may say how it is to be compiled: words, numbers, and true and false for on and off.
// RUN: cortex-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: ra.model @Said structure(tree) float(f32) attributes {schedule = {fuse = "none", hoist = false, strip_rows = 64 : i64, tables = 5.000000e-01 : f64}} {
ra.model @Said structure(tree) float(f32) attributes {schedule = {tables = 0.5, strip_rows = 64, hoist = false, fuse = "none"}} {
  ra.type @node(0 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body {
      %p = ra.read param @p : tensor<4xf32>
      ra.yield %p : tensor<4xf32>
    }
  }
}

// -----

// expected-error@+1 {{'ra.model' op @M schedule: there is no key 'table', did you mean 'tables'? (cortex explain lists them)}}
ra.model @M structure(tree) float(f32) attributes {schedule = {table = 4}} {
}

// -----

// expected-error@+1 {{'ra.model' op @M schedule: strip_rows is '0', expected a whole number from 1 to 4096}}
ra.model @M structure(tree) float(f32) attributes {schedule = {strip_rows = 0}} {
}

// -----

// expected-error@+1 {{'ra.model' op @M schedule: hoist is [true], expected a word or a number}}
ra.model @M structure(tree) float(f32) attributes {schedule = {hoist = [true]}} {
}

// -----

// expected-error@+1 {{'ra.model' op @M schedule: batching=none and strip_rows=2 exclude each other: one node at a time is strips of one row}}
ra.model @M structure(tree) float(f32) attributes {schedule = {batching = "none", strip_rows = 2}} {
}
