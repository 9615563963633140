// What the verifier says about the packing of weights.
// RUN: cortex-opt %s --verify-diagnostics --split-input-file

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @run {
    // expected-error@+1 {{'ilir.pack' op stands in @run, which holds ilir.levels and ilir.barrier}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op @pk is not a packed buffer of this program}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.input @W at nodes : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op packs @W, which is neither a param nor one constant tensor}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.buffer @W const count 2 : tensor<3x20x8xf32> constant
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op packs @W, which is neither a param nor one constant tensor}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op packs @V, which is neither a param nor one constant tensor}}
    ilir.pack @pk = @V keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op must name each dimension of @W, 'tensor<3x20x8xf32>', once: as keys, n, k or unit}}
    ilir.pack @pk = @W keys [] n [0] k [1] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op must name each dimension of @W, 'tensor<3x20x8xf32>', once: as keys, n, k or unit}}
    ilir.pack @pk = @W keys [] n [] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op must name each dimension of @W, 'tensor<3x20x8xf32>', once: as keys, n, k or unit}}
    ilir.pack @pk = @W keys [0] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op must name each dimension of @W, 'tensor<3x20x8xf32>', once: as keys, n, k or unit}}
    ilir.pack @pk = @W keys [] n [0] k [3] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op must name each dimension of @W, 'tensor<3x20x8xf32>', once: as keys, n, k or unit}}
    ilir.pack @pk = @W keys [] n [0] k [-1] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x3x16xf64> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op packs elements of type 'f32' as 'f64'}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x1x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op packs weights for 3 keys, but @pk has 1 items}}
    ilir.pack @pk = @W keys [0] n [] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x7x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op has 8 terms per sum, but @pk, packed as 'tensor<2x1x7x3x16xf32>', holds 7}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<3x1x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op has 20 units, but @pk, packed as 'tensor<3x1x8x3x16xf32>', holds 3 panels of 16}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x1x8x2x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op has 3 products, but @pk, packed as 'tensor<2x1x8x2x16xf32>', holds 1 chunks of 2}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

ilir.program @M structure(tree) float(f32) {
  ilir.type @node(1 to 2)
  ilir.param @W : tensor<3x20x8xf32>
  ilir.buffer @pk const : tensor<2x2x8x3x16xf32> constant packed
  ilir.func @prepare {
    // expected-error@+1 {{'ilir.pack' op has 3 products, but @pk, packed as 'tensor<2x2x8x3x16xf32>', holds 2 chunks of 3}}
    ilir.pack @pk = @W keys [] n [0] k [2] unit 1
  }
}

// -----

// expected-error@+1 {{'ilir.pack' op expects parent op 'ilir.func'}}
ilir.pack @pk = @W keys [] n [0] k [2] unit 1
