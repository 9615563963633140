// Products, reductions, broadcasts and transposes in bodies, upstream checks included.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<f32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.reduce' with a region other than one addf, mulf, maximumf or minimumf of its arguments without fast-math flags}}
      %y = linalg.reduce ins(%x : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0] (%in : f32, %acc : f32) {
        %a = arith.mulf %in, %in : f32
        %b = arith.addf %a, %acc : f32
        linalg.yield %b : f32
      }
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<f32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.reduce' with a region other than one addf, mulf, maximumf or minimumf of its arguments without fast-math flags}}
      %y = linalg.reduce ins(%x : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0] (%in : f32, %acc : f32) {
        %a = arith.subf %acc, %in : f32
        linalg.yield %a : f32
      }
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<f32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.reduce' with a region other than one addf, mulf, maximumf or minimumf of its arguments without fast-math flags}}
      %y = linalg.reduce ins(%x : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0] (%in : f32, %acc : f32) {
        %a = arith.addf %in, %in : f32
        linalg.yield %a : f32
      }
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<f32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.reduce' with a region other than one addf, mulf, maximumf or minimumf of its arguments without fast-math flags}}
      %y = linalg.reduce ins(%x : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0] (%in : f32, %acc : f32) {
        %a = arith.addf %in, %acc fastmath<reassoc> : f32
        linalg.yield %a : f32
      }
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<f32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.reduce' with a region other than one addf, mulf, maximumf or minimumf of its arguments without fast-math flags}}
      %y = linalg.reduce ins(%x : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0] (%in : f32, %acc : f32) {
        %a = arith.addf %in, %acc : f32
        linalg.yield %in : f32
      }
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %z = arith.constant dense<0.0> : tensor<f32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.reduce' with 2 inputs, expected one}}
      %y:2 = linalg.reduce ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%z, %z : tensor<f32>, tensor<f32>) dimensions = [0] (%a : f32, %b : f32, %c : f32, %d : f32) {
        %s = arith.addf %a, %c : f32
        linalg.yield %s, %s : f32, f32
      }
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.contract' with a region other than a multiplication and an addition without fast-math flags}}
      %y = "linalg.contract"(%W, %x, %b) <{indexing_maps = [#mv0, #mv1, #mv2], operandSegmentSizes = array<i32: 2, 1>}> ({
      ^bb0(%u : f32, %v : f32, %w : f32):
        %m = arith.mulf %u, %v fastmath<fast> : f32
        %a = arith.addf %w, %m : f32
        linalg.yield %a : f32
      }) : (tensor<3x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.contract' with a region other than a multiplication and an addition without fast-math flags}}
      %y = "linalg.contract"(%W, %x, %b) <{indexing_maps = [#mv0, #mv1, #mv2], operandSegmentSizes = array<i32: 2, 1>}> ({
      ^bb0(%u : f32, %v : f32, %w : f32):
        %m = arith.mulf %u, %v : f32
        %a = arith.addf %w, %m fastmath<contract> : f32
        linalg.yield %a : f32
      }) : (tensor<3x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{expected add/mul op in the body}}
      %y = "linalg.contract"(%W, %x, %b) <{indexing_maps = [#mv0, #mv1, #mv2], operandSegmentSizes = array<i32: 2, 1>}> ({
      ^bb0(%u : f32, %v : f32, %w : f32):
        %m = arith.mulf %u, %v : f32
        %a = arith.maximumf %w, %m : f32
        linalg.yield %a : f32
      }) : (tensor<3x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

#mv0 = affine_map<(i, k) -> (i, k)>
#mv1 = affine_map<(i, k) -> (k)>
#mv2 = affine_map<(i, k) -> (i)>
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{expected add/mul op in the body}}
      %y = "linalg.contract"(%W, %x, %b) <{indexing_maps = [#mv0, #mv1, #mv2], operandSegmentSizes = array<i32: 2, 1>}> ({
      ^bb0(%u : f32, %v : f32, %w : f32):
        %m = arith.mulf %u, %v : f32
        %a = arith.addf %v, %m : f32
        linalg.yield %a : f32
      }) : (tensor<3x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{iteration space dim at index 1 is neither a contracting dim nor of parallel iteration type}}
      %y = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>, affine_map<(i, k) -> (i)>] ins(%W, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{iteration space dim at index 0 is neither a contracting dim nor of parallel iteration type}}
      %y = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (k)>] ins(%W, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{iteration space dim at index 2 not used to access any operand}}
      %y = linalg.contract indexing_maps = [affine_map<(i, k, j) -> (i, k)>, affine_map<(i, k, j) -> (k)>, affine_map<(i, k, j) -> (i)>] ins(%W, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'linalg.contract' op inferred input/output operand #2 has shape's dimension #0 to be 3, but found 4}}
      %y = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>] ins(%W, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %b = arith.constant dense<0.0> : tensor<4x4xf32>
      // expected-error@+1 {{'indexing_maps' do not specify a contracting dimension}}
      %y = linalg.contract indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>] ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%b : tensor<4x4xf32>) -> tensor<4x4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %b = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{provided affine_map is not a projected permutation}}
      %y = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k + 1)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>] ins(%W, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %b = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'indexing_maps' do not specify a contracting dimension}}
      %y = linalg.contract indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{slice along dimension 0 runs out-of-bounds: 5 >= 4}}
      %y = tensor.extract_slice %x[2] [4] [1] : tensor<4xf32> to tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{slice along dimension 0 runs out-of-bounds: 5 >= 4}}
      %y = tensor.insert_slice %x into %x[2] [4] [1] : tensor<4xf32> into tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %e = tensor.empty() : tensor<4x2xf32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.broadcast' with a region that does not just yield its input}}
      %y = "linalg.broadcast"(%x, %e) <{dimensions = array<i64: 1>}> ({
      ^bb0(%u : f32, %v : f32):
        %n = arith.negf %u : f32
        linalg.yield %n : f32
      }) : (tensor<4xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.param @W : tensor<3x4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %W = ra.read param @W : tensor<3x4xf32>
      %e = tensor.empty() : tensor<4x3xf32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.transpose' with a region that does not just yield its input}}
      %y = "linalg.transpose"(%W, %e) <{permutation = array<i64: 1, 0>}> ({
      ^bb0(%u : f32, %v : f32):
        linalg.yield %v : f32
      }) : (tensor<3x4xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}
