// Reductions over neighbours, look-ups, and operations outside of a body.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{expected one default for each of the 2 combiners max, min and softmax, got 1}}
      %a, %b = ra.over children [max, min] else(%x) {
        ra.yield %x, %x : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>
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
      // expected-error@+1 {{unknown combiner 'median', expected sum, mean, prod, max, min or softmax}}
      %a = ra.over children [median] {
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
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
      // expected-error@+1 {{'ra.over' op has 1 defaults, expected one for each of the 2 combiners max, min and softmax, or none}}
      %a, %b = "ra.over"(%x) <{neighbours = 0 : i32, combiners = [3 : i32, 4 : i32]}> ({
        ra.yield %x, %x : tensor<4xf32>, tensor<4xf32>
      }) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
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
      // expected-error@+1 {{'ra.over' op has 1 defaults, expected one for each of the 0 combiners max, min and softmax, or none}}
      %a = "ra.over"(%x) <{neighbours = 0 : i32, combiners = [0 : i32]}> ({
        ra.yield %x : tensor<4xf32>
      }) : (tensor<4xf32>) -> tensor<4xf32>
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
      // expected-error@+1 {{'ra.over' op has no combiners}}
      "ra.over"() <{neighbours = 0 : i32, combiners = []}> ({
        ra.yield
      }) : () -> ()
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
      // expected-error@+1 {{'ra.over' op has 2 combiners but 1 results}}
      %a = ra.over children [sum, mean] {
        ra.yield %x, %x : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>
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
      %z = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{'ra.over' op has a default of type 'tensor<3xf32>' for combiner #1 (max), expected 'tensor<4xf32>'}}
      %a, %b = "ra.over"(%z) <{neighbours = 0 : i32, combiners = [0 : i32, 3 : i32]}> ({
        ra.yield %x, %x : tensor<4xf32>, tensor<4xf32>
      }) : (tensor<3xf32>) -> (tensor<4xf32>, tensor<4xf32>)
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
      %a = ra.over children [sum] {
        // expected-error@+1 {{'ra.yield' op gives 2 values to 'ra.over', whose combiners take 1 (two for softmax, score and value; one for each of the others)}}
        ra.yield %x, %x : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>
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
      %a = ra.over children [softmax] else(%x) {
        // expected-error@+1 {{'ra.yield' op gives 1 values to 'ra.over', whose combiners take 2 (two for softmax, score and value; one for each of the others)}}
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
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
      %a = ra.over children [softmax] else(%x) {
        // expected-error@+1 {{'ra.yield' op gives combiner #0 (softmax) a score of type 'tensor<4xf32>', expected rank 0}}
        ra.yield %x, %x : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>
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
      %z = arith.constant dense<0.0> : tensor<3xf32>
      %a, %b = ra.over children [sum, mean] {
        // expected-error@+1 {{'ra.yield' op gives combiner #1 (mean) a value of type 'tensor<3xf32>', but its result has type 'tensor<4xf32>'}}
        ra.yield %x, %z : tensor<4xf32>, tensor<3xf32>
      } : tensor<4xf32>, tensor<4xf32>
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
      %a = ra.over children [sum] {
        // expected-error@+1 {{'ra.over' op must not be nested in another 'ra.over'}}
        %b = ra.over children [sum] {
          ra.yield %x : tensor<4xf32>
        } : tensor<4xf32>
        ra.yield %b : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

%x = arith.constant dense<0.0> : tensor<4xf32>
// expected-error@+1 {{'ra.over' op is only allowed in an 'ra.body'}}
%a = ra.over children [sum] {
  ra.yield %x : tensor<4xf32>
} : tensor<4xf32>

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{'ra.over' op in sweep @s goes over children, but the sweep runs at structures, which have only nodes}}
      %a = ra.over children [sum] {
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map at structures states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{'ra.over' op in sweep @s goes over parents, but the sweep runs at structures, which have only nodes}}
      %a = ra.over parents [sum] {
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
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
      // expected-error@+1 {{'ra.over' op in sweep @s goes over nodes, but the sweep runs at nodes, which have children and parents}}
      %a = ra.over nodes [sum] {
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map at roots states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{'ra.over' op in sweep @s goes over nodes, but the sweep runs at roots, which have children and parents}}
      %a = ra.over nodes [sum] {
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
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
      // expected-error@+1 {{'ra.over' op in sweep @s goes over children, of which there may be none, so combiner #1 (max) needs a default by 'else'}}
      %a, %b = ra.over children [sum, max] {
        ra.yield %x, %x : tensor<4xf32>, tensor<4xf32>
      } : tensor<4xf32>, tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @node(1 to 2)
  ra.param @p : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read param @p : tensor<4xf32>
      // expected-error@+1 {{'ra.over' op in sweep @s goes over parents, of which there may be none, so combiner #0 (min) needs a default by 'else'}}
      %a = ra.over parents [min] {
        ra.yield %x : tensor<4xf32>
      } : tensor<4xf32>
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
      // expected-error@+1 {{'ra.over' op in sweep @s goes over parents, of which there may be none, so combiner #0 (softmax) needs a default by 'else'}}
      %a = ra.over parents [softmax] {
        %zero = arith.constant dense<0.0> : tensor<f32>
        ra.yield %zero, %x : tensor<f32>, tensor<4xf32>
      } : tensor<4xf32>
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
      %s = ra.read self @e : !ra.symbol<10>
      %t = arith.constant dense<0.0> : tensor<f32>
      // expected-error@+1 {{'ra.lookup' op has a table of rank 0, expected a leading dimension to look up in}}
      %l = ra.lookup %t[%s] : (tensor<f32>, !ra.symbol<10>) -> tensor<f32>
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
      %s = ra.read self @e : !ra.symbol<10>
      %t = arith.constant dense<0.0> : tensor<9x4xf32>
      // expected-error@+1 {{'ra.lookup' op looks up a symbol with domain 10 in a table whose leading dimension is 9}}
      %l = ra.lookup %t[%s] : (tensor<9x4xf32>, !ra.symbol<10>) -> tensor<4xf32>
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
      %s = ra.read self @e : !ra.symbol<10>
      %t = arith.constant dense<0.0> : tensor<10x4xf32>
      // expected-error@+1 {{'ra.lookup' op has a result of type 'tensor<3xf32>', expected 'tensor<4xf32>'}}
      %l = ra.lookup %t[%s] : (tensor<10x4xf32>, !ra.symbol<10>) -> tensor<3xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
}

// -----

func.func @lookup(%table : tensor<10x4xf32>, %symbol : !ra.symbol<10>) {
  // expected-error@+1 {{'ra.lookup' op is only allowed in an 'ra.body' or 'ra.over'}}
  %l = ra.lookup %table[%symbol] : (tensor<10x4xf32>, !ra.symbol<10>) -> tensor<4xf32>
  return
}

// -----

func.func @yield(%x : tensor<4xf32>) {
  // expected-error@+1 {{'ra.yield' op expects parent op to be one of 'ra.body, ra.over'}}
  ra.yield %x : tensor<4xf32>
}
