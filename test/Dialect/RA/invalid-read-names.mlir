// The name of what ra.read reads, its type, and the form of the place.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

// Names and types.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @V as a parameter, which the model does not declare}}
      %r = ra.read param @V : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x as a parameter, but it is an 'ra.input'}}
      %r = ra.read param @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @nodes map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @nodes::@h as a parameter, which the model does not declare}}
      %r = ra.read param @nodes::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @W as a parameter, which has type 'tensor<4xf32>', as 'tensor<3xf32>'}}
      %r = ra.read param @W : tensor<3xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @y at self, which the model does not declare}}
      %r = ra.read self @y : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @W at self, but it is a parameter: it is read with 'param'}}
      %r = ra.read self @W : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @nodes map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @nodes at self, but it is a sweep: name one of its states, as @nodes::@h}}
      %r = ra.read self @nodes : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @leaf at self, but it is an 'ra.type'}}
      %r = ra.read self @leaf : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x at self, which has type 'tensor<4xf32>', as 'tensor<2x2xf32>'}}
      %r = ra.read self @x : tensor<2x2xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @kind : !ra.symbol<10>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @kind at self, which has type '!ra.symbol<10>', as '!ra.symbol<11>'}}
      %r = ra.read self @kind : !ra.symbol<11>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @up::@h at self, but the model has no sweep @up}}
      %r = ra.read self @up::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @x::@h at self, but the model has no sweep @x}}
      %r = ra.read self @x::@h : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @nodes map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @nodes::@c at self, but sweep @nodes has no state @c}}
      %r = ra.read self @nodes::@c : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @nodes map states(@h : tensor<4xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<4xf32>
      ra.yield %x : tensor<4xf32>
    }
  }
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op in sweep @s reads @nodes::@h at self, which has type 'tensor<4xf32>', as 'tensor<3xf32>'}}
      %r = ra.read self @nodes::@h : tensor<3xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op names @a::@b::@c, expected @name or @sweep::@state}}
      %r = ra.read self @a::@b::@c : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

// The place's own form.
ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @x at a child needs the child's position, as in child(0)}}
      %r = ra.read child @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @x has an index, which only 'child' takes}}
      %r = ra.read self(0) @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @x at child(-1) has a negative index}}
      %r = ra.read child(-1) @x : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @x has an 'else', but a value at 'self' is never absent}}
      %r = ra.read self @x else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

ra.model @M structure(tree) float(f32) {
  ra.type @leaf(0)
  ra.type @internal(1 to 2)
  ra.param @W : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<4xf32>
      // expected-error@+1 {{'ra.read' op of @W has an 'else', but a value at 'param' is never absent}}
      %r = ra.read param @W else %z : tensor<4xf32>
      ra.yield %z : tensor<4xf32>
    }
  }
}

// -----

// An 'else' has the type of what is read.
ra.model @M structure(tree) float(f32) {
  ra.type @node(0 to 2)
  ra.input @x : tensor<4xf32>
  ra.sweep @s map states(@h : tensor<4xf32>) {
    ra.body {
      %z = arith.constant dense<0.0> : tensor<3xf32>
      // expected-error@+1 {{'ra.read' op of @x has an 'else' of type 'tensor<3xf32>', expected 'tensor<4xf32>'}}
      %h = "ra.read"(%z) <{place = 2 : i32, index = 0 : i64, name = @x}> : (tensor<3xf32>) -> tensor<4xf32>
      ra.yield %h : tensor<4xf32>
    }
  }
}

// -----

// expected-error@+1 {{'ra.read' op is only allowed in an 'ra.body' or 'ra.over'}}
%x = ra.read self @x : tensor<4xf32>
