// The closed list of operations in bodies, and how each may be used.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.param @p : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<f32>) {
    ra.body @leaf {
      %x = ra.read param @p : tensor<4xf32>
      %y = ra.over children [sum] {
        // expected-error@+1 {{'ra.body' op of @leaf in sweep @up uses 'math.sin', which is not on the list of operations that a model may use}}
        %s = math.sin %x : tensor<4xf32>
        ra.yield %s : tensor<4xf32>
      } : tensor<4xf32>
      %h = arith.constant dense<0.0> : tensor<f32>
      ra.yield %h : tensor<f32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.param @p : tensor<4xf32>
  ra.sweep @up up states(@h : tensor<4xf32>) {
    ra.body @leaf {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{'ra.body' op of @leaf in sweep @up uses 'tensor.generate', which is not on the list of operations that a model may use}}
      %y = tensor.generate {
      ^bb0(%i : index):
        %e = tensor.extract %x[%i] : tensor<4xf32>
        tensor.yield %e : f32
      } : tensor<4xf32>
      ra.yield %y : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'math.sin', which is not on the list of operations that a model may use}}
      %y = math.sin %x : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.remf', which is not on the list of operations that a model may use}}
      %y = arith.remf %x, %x : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.maxnumf', which is not on the list of operations that a model may use}}
      %y = arith.maxnumf %x, %x : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.pad', which is not on the list of operations that a model may use}}
      %y = tensor.pad %x low[1] high[1] {
      ^bb0(%i : index):
        %c = arith.constant 0.0 : f32
        tensor.yield %c : f32
      } : tensor<4xf32> to tensor<6xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.matvec', which is not on the list of operations that a model may use}}
      %y = linalg.matvec ins(%W, %x : tensor<3x4xf32>, tensor<4xf32>) outs(%b : tensor<3xf32>) -> tensor<3xf32>
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
      %c = arith.constant 0.0 : f32
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'linalg.fill', which is not on the list of operations that a model may use}}
      %y = linalg.fill ins(%c : f32) outs(%x : tensor<4xf32>) -> tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'scf.execute_region', which is not on the list of operations that a model may use}}
      %y = scf.execute_region -> tensor<4xf32> {
        scf.yield %x : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.constant' with a result of type 'tensor<4xf64>', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.constant dense<0.0> : tensor<4xf64>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.constant' with a result of type 'index', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.constant 0 : index
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.constant' with a result of type 'f64', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.constant 0.0 : f64
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.constant' with a result of type 'tensor<4xi1>', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.constant dense<true> : tensor<4xi1>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.constant' with a result of type 'vector<4xf32>', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.constant dense<0.0> : vector<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.constant' with a value that is not written out}}
      %y = arith.constant dense_resource<blob> : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

{-#
  dialect_resources: {
    builtin: {
      blob: "0x0400000000000000000000000000000000000000"
    }
  }
#-}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %c = arith.constant 0.0 : f32
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.addf' with operand #0 of type 'f32', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.addf %c, %c : f32
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
      %c = arith.constant 0.0 : f32
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.cmpf' with operand #0 of type 'f32', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.cmpf olt, %c, %c : f32
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
      %m = arith.cmpf olt, %x, %x : tensor<4xf32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.select' with operand #1 of type 'tensor<4xi1>', expected a tensor of 'f32' with static, positive sizes}}
      %y = arith.select %m, %m, %m : tensor<4xi1>, tensor<4xi1>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.empty' with a result of type 'tensor<0xf32>', expected a tensor of 'f32' with static, positive sizes}}
      %y = tensor.empty() : tensor<0xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.extract_slice' with a result of type 'tensor<0xf32>', expected a tensor of 'f32' with static, positive sizes}}
      %y = tensor.extract_slice %x[0] [0] [1] : tensor<4xf32> to tensor<0xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @e : !ra.symbol<10>
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      %e = ra.read self @e : !ra.symbol<10>
      %t = arith.constant dense<0.0> : tensor<10x4xf32>
      %m = arith.cmpf olt, %t, %t : tensor<10x4xf32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'ra.lookup' with operand #0 of type 'tensor<10x4xi1>', expected a tensor of 'f32' with static, positive sizes}}
      %y = ra.lookup %m[%e] : (tensor<10x4xi1>, !ra.symbol<10>) -> tensor<4xi1>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'ra.over' with a result of type 'tensor<4xi1>', expected a tensor of 'f32' with static, positive sizes}}
      %y = ra.over children [sum] {
        %m = arith.cmpf olt, %x, %x : tensor<4xf32>
        ra.yield %m : tensor<4xi1>
      } : tensor<4xi1>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.addf' with fast-math flags}}
      %y = arith.addf %x, %x fastmath<reassoc> : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'arith.cmpf' with fast-math flags}}
      %y = arith.cmpf olt, %x, %x fastmath<nnan> : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'math.exp' with fast-math flags}}
      %y = math.exp %x fastmath<fast> : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.extract_slice' with strides other than 1}}
      %y = tensor.extract_slice %x[0] [2] [2] : tensor<4xf32> to tensor<2xf32>
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
      %z = arith.constant dense<0.0> : tensor<2xf32>
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.insert_slice' with strides other than 1}}
      %y = tensor.insert_slice %z into %x[0] [2] [2] : tensor<2xf32> into tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.empty' whose undefined values 'arith.addf' would read; only the outs of 'linalg.broadcast' and 'linalg.transpose' take it}}
      %e = tensor.empty() : tensor<4xf32>
      %y = arith.addf %x, %e : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.empty' whose undefined values 'ra.yield' would read; only the outs of 'linalg.broadcast' and 'linalg.transpose' take it}}
      %e = tensor.empty() : tensor<4xf32>
      ra.yield %e : tensor<4xf32>
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.empty' whose undefined values 'linalg.reduce' would read; only the outs of 'linalg.broadcast' and 'linalg.transpose' take it}}
      %e = tensor.empty() : tensor<f32>
      %y = linalg.reduce { arith.addf } ins(%x : tensor<4xf32>) outs(%e : tensor<f32>) dimensions = [0]
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
      // expected-error@+1 {{'ra.body' op in sweep @s uses 'tensor.empty' whose undefined values 'linalg.broadcast' would read; only the outs of 'linalg.broadcast' and 'linalg.transpose' take it}}
      %e = tensor.empty() : tensor<4xf32>
      %f = tensor.empty() : tensor<4x2xf32>
      %y = linalg.broadcast ins(%e : tensor<4xf32>) outs(%f : tensor<4x2xf32>) dimensions = [1]
      ra.yield %x : tensor<4xf32>
    }
  }
}
