// A gate for each of two children by its place: on DAGs, one product per edge with one weight, which the child could compute once.
#A = affine_map<(i, k) -> (i, k)>
#v = affine_map<(i, k) -> (k)>
#u = affine_map<(i, k) -> (i)>
ra.model @DagGates structure(dag) float(f32) {
  ra.type @leaf(0)
  ra.type @node(2)
  ra.input @x : tensor<24xf32>
  ra.param @U : tensor<24x24xf32>
  ra.sweep @up up states(@h : tensor<24xf32>) {
    ra.body @leaf {
      %x = ra.read self @x : tensor<24xf32>
      %h = math.tanh %x : tensor<24xf32>
      ra.yield %h : tensor<24xf32>
    }
    ra.body @node {
      %U = ra.read param @U : tensor<24x24xf32>
      %x = ra.read self @x : tensor<24xf32>
      %z = arith.constant dense<0.0> : tensor<24xf32>
      %l = ra.read child(0) @up::@h : tensor<24xf32>
      %r = ra.read child(1) @up::@h : tensor<24xf32>
      %p = linalg.contract indexing_maps = [#A, #v, #u] ins(%U, %l : tensor<24x24xf32>, tensor<24xf32>) outs(%x : tensor<24xf32>) -> tensor<24xf32>
      %s = ra.sigmoid %p : tensor<24xf32>
      %q = linalg.contract indexing_maps = [#A, #v, #u] ins(%U, %r : tensor<24x24xf32>, tensor<24xf32>) outs(%x : tensor<24xf32>) -> tensor<24xf32>
      %t = ra.sigmoid %q : tensor<24xf32>
      %m = arith.mulf %s, %l : tensor<24xf32>
      %n = arith.mulf %t, %r : tensor<24xf32>
      %y = arith.addf %m, %n : tensor<24xf32>
      %h = math.tanh %y : tensor<24xf32>
      ra.yield %h : tensor<24xf32>
    }
  }
  ra.output @h = @up::@h
}
