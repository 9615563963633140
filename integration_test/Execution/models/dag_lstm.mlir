// A child-sum LSTM over DAGs: three gates of the sum over the children, and a forget gate for each child. How often a
// node is somebody's child decides where the forget gate's product is best computed.
ra.model @DAGLSTM structure(dag) float(f32) {
  ra.type @node(0 to *)
  ra.input @x : tensor<2xf32>
  ra.param @W : tensor<3x256x2xf32>
  ra.param @U : tensor<3x256x256xf32>
  ra.param @b : tensor<3x256xf32>
  ra.param @Wf : tensor<256x2xf32>
  ra.param @Uf : tensor<256x256xf32>
  ra.param @bf : tensor<256xf32>
  ra.sweep @up up states(@h : tensor<256xf32>, @c : tensor<256xf32>) {
    ra.body @node {
      %W = ra.read param @W : tensor<3x256x2xf32>
      %U = ra.read param @U : tensor<3x256x256xf32>
      %b = ra.read param @b : tensor<3x256xf32>
      %Wf = ra.read param @Wf : tensor<256x2xf32>
      %Uf = ra.read param @Uf : tensor<256x256xf32>
      %bf = ra.read param @bf : tensor<256xf32>
      %x = ra.read self @x : tensor<2xf32>
      %zero = arith.constant dense<0.0> : tensor<256xf32>
      %0 = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<256xf32>
        ra.yield %h : tensor<256xf32>
      } : tensor<256xf32>
      %wx = linalg.contract indexing_maps = [affine_map<(g,u,k)->(g,u,k)>, affine_map<(g,u,k)->(k)>, affine_map<(g,u,k)->(g,u)>] ins(%W, %x : tensor<3x256x2xf32>, tensor<2xf32>) outs(%b : tensor<3x256xf32>) -> tensor<3x256xf32>
      %1 = linalg.contract indexing_maps = [affine_map<(g,u,k)->(g,u,k)>, affine_map<(g,u,k)->(k)>, affine_map<(g,u,k)->(g,u)>] ins(%U, %0 : tensor<3x256x256xf32>, tensor<256xf32>) outs(%wx : tensor<3x256xf32>) -> tensor<3x256xf32>
      %wf = linalg.contract indexing_maps = [affine_map<(u,k)->(u,k)>, affine_map<(u,k)->(k)>, affine_map<(u,k)->(u)>] ins(%Wf, %x : tensor<256x2xf32>, tensor<2xf32>) outs(%bf : tensor<256xf32>) -> tensor<256xf32>
      %2 = ra.over children [sum] {
        %h = ra.read there @up::@h : tensor<256xf32>
        %p = linalg.contract indexing_maps = [affine_map<(u,k)->(u,k)>, affine_map<(u,k)->(k)>, affine_map<(u,k)->(u)>] ins(%Uf, %h : tensor<256x256xf32>, tensor<256xf32>) outs(%zero : tensor<256xf32>) -> tensor<256xf32>
        %q = arith.addf %p, %wf : tensor<256xf32>
        %f = ra.sigmoid %q : tensor<256xf32>
        %c = ra.read there @up::@c : tensor<256xf32>
        %fc = arith.mulf %f, %c : tensor<256xf32>
        ra.yield %fc : tensor<256xf32>
      } : tensor<256xf32>
      %i0 = tensor.extract_slice %1[0, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %o0 = tensor.extract_slice %1[1, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %u0 = tensor.extract_slice %1[2, 0] [1, 256] [1, 1] : tensor<3x256xf32> to tensor<256xf32>
      %i = ra.sigmoid %i0 : tensor<256xf32>
      %o = ra.sigmoid %o0 : tensor<256xf32>
      %u = math.tanh %u0 : tensor<256xf32>
      %iu = arith.mulf %i, %u : tensor<256xf32>
      %cc = arith.addf %iu, %2 : tensor<256xf32>
      %tc = math.tanh %cc : tensor<256xf32>
      %hh = arith.mulf %o, %tc : tensor<256xf32>
      ra.yield %hh, %cc : tensor<256xf32>, tensor<256xf32>
    }
  }
  ra.output @root = @up::@h at roots
}
