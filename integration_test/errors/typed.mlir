// A model that takes every kind of input and cannot tell its types apart by arity.
ra.model @Typed structure(dag) float(f32) {
  ra.type @var(0)
  ra.type @fn(1 to *)
  ra.type @eq(2)
  ra.input @sym : !ra.symbol<13> on @fn
  ra.input @x : tensor<2xf32>
  ra.input @rel at edges : !ra.symbol<4>
  ra.input @w at edges : tensor<f32>
  ra.input @doc at structures : !ra.symbol<6>
  ra.param @E : tensor<13x2xf32>
  ra.sweep @up up states(@h : tensor<2xf32>) {
    ra.body {
      %x = ra.read self @x : tensor<2xf32>
      %s = ra.over children [sum] {
        %c = ra.read there @up::@h : tensor<2xf32>
        ra.yield %c : tensor<2xf32>
      } : tensor<2xf32>
      %y = arith.addf %x, %s : tensor<2xf32>
      ra.yield %y : tensor<2xf32>
    }
  }
  ra.output @h = @up::@h
  ra.output @r = @up::@h at roots
}
