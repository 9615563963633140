// A DAG of places joined by roads: every reduction over neighbours at once, with
// edge features, road kinds and positions; gates with a layer norm by hand.
#W = affine_map<(g, i, k) -> (g, i, k)>
#x = affine_map<(g, i, k) -> (k)>
#y = affine_map<(g, i, k) -> (g, i)>
#A = affine_map<(i, k) -> (i, k)>
#v = affine_map<(i, k) -> (k)>
#u = affine_map<(i, k) -> (i)>

ra.model @Routes structure(dag) float(f32) {
  ra.type @start(0)
  ra.type @place(1 to 3)
  ra.type @hub(4 to *)
  ra.input @height : tensor<9xf32>
  ra.input @length at edges : tensor<f32>
  ra.input @slope at edges : tensor<18xf32>
  ra.input @road at edges : !ra.symbol<4>
  ra.input @season at structures : !ra.symbol<3>
  ra.param @In : tensor<18x9xf32>
  ra.param @Gates : tensor<2x18x18xf32>
  ra.param @bias : tensor<2x18xf32>
  ra.param @roads : tensor<4x18xf32>
  ra.param @seasons : tensor<3x18xf32>
  ra.param @gain : tensor<18xf32>
  ra.param @shift : tensor<18xf32>

  ra.sweep @up up states(@h : tensor<18xf32>, @far : tensor<f32>) {
    ra.body @start {
      %In = ra.read param @In : tensor<18x9xf32>
      %shift = ra.read param @shift : tensor<18xf32>
      %x = ra.read self @height : tensor<9xf32>
      %y = linalg.contract indexing_maps = [#A, #v, #u] ins(%In, %x : tensor<18x9xf32>, tensor<9xf32>)
             outs(%shift : tensor<18xf32>) -> tensor<18xf32>
      %h = math.erf %y : tensor<18xf32>
      %zero = arith.constant dense<0.0> : tensor<f32>
      ra.yield %h, %zero : tensor<18xf32>, tensor<f32>
    }
    ra.body @place {
      %season = ra.read structure @season : !ra.symbol<3>
      %seasons = ra.read param @seasons : tensor<3x18xf32>
      %now = ra.lookup %seasons[%season] : (tensor<3x18xf32>, !ra.symbol<3>) -> tensor<18xf32>
      %roads = ra.read param @roads : tensor<4x18xf32>
      %G = ra.read param @Gates : tensor<2x18x18xf32>
      %b = ra.read param @bias : tensor<2x18xf32>
      %gain = ra.read param @gain : tensor<18xf32>
      %shift = ra.read param @shift : tensor<18xf32>
      %mean, %max, %min, %prod, %far = ra.over children [mean, max, min, prod, max] {
        %hk = ra.read there @up::@h : tensor<18xf32>
        %fk = ra.read there @up::@far : tensor<f32>
        %length = ra.read edge @length : tensor<f32>
        %slope = ra.read edge @slope : tensor<18xf32>
        %road = ra.read edge @road : !ra.symbol<4>
        %r = ra.lookup %roads[%road] : (tensor<4x18xf32>, !ra.symbol<4>) -> tensor<18xf32>
        %t = arith.mulf %slope, %r : tensor<18xf32>
        %s = arith.addf %hk, %t : tensor<18xf32>
        %c = arith.constant dense<0.25> : tensor<18xf32>
        %one = arith.constant dense<1.0> : tensor<18xf32>
        %p = math.fma %hk, %c, %one : tensor<18xf32>
        %l = math.absf %length : tensor<f32>
        %f = arith.addf %fk, %l : tensor<f32>
        ra.yield %s, %hk, %s, %p, %f : tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<f32>
      } : tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<f32>
      %spread = arith.subf %max, %min : tensor<18xf32>
      %both = arith.mulf %mean, %prod : tensor<18xf32>
      %in = arith.addf %both, %spread : tensor<18xf32>
      %g = linalg.contract indexing_maps = [#W, #x, #y] ins(%G, %in : tensor<2x18x18xf32>, tensor<18xf32>)
             outs(%b : tensor<2x18xf32>) -> tensor<2x18xf32>
      %zg = tensor.extract_slice %g[0, 0] [1, 18] [1, 1] : tensor<2x18xf32> to tensor<18xf32>
      %cg = tensor.extract_slice %g[1, 0] [1, 18] [1, 1] : tensor<2x18xf32> to tensor<18xf32>
      %z = ra.sigmoid %zg : tensor<18xf32>
      // Layer norm of the candidate.
      %null = arith.constant dense<0.0> : tensor<f32>
      %n = arith.constant dense<18.0> : tensor<f32>
      %eps = arith.constant dense<0.01> : tensor<f32>
      %room = tensor.empty() : tensor<18xf32>
      %sum = linalg.reduce { arith.addf } ins(%cg : tensor<18xf32>) outs(%null : tensor<f32>) dimensions = [0]
      %mu = arith.divf %sum, %n : tensor<f32>
      %muw = linalg.broadcast ins(%mu : tensor<f32>) outs(%room : tensor<18xf32>) dimensions = [0]
      %centred = arith.subf %cg, %muw : tensor<18xf32>
      %squares = arith.mulf %centred, %centred : tensor<18xf32>
      %sq = linalg.reduce { arith.addf } ins(%squares : tensor<18xf32>) outs(%null : tensor<f32>) dimensions = [0]
      %var = arith.divf %sq, %n : tensor<f32>
      %safe = arith.addf %var, %eps : tensor<f32>
      %dev = math.sqrt %safe : tensor<f32>
      %devw = linalg.broadcast ins(%dev : tensor<f32>) outs(%room : tensor<18xf32>) dimensions = [0]
      %norm = arith.divf %centred, %devw : tensor<18xf32>
      %scaled = math.fma %norm, %gain, %shift : tensor<18xf32>
      %cand = math.tanh %scaled : tensor<18xf32>
      // z * mean + (1 - z) * candidate, with the season added.
      %one = arith.constant dense<1.0> : tensor<18xf32>
      %nz = arith.subf %one, %z : tensor<18xf32>
      %kept = arith.mulf %z, %mean : tensor<18xf32>
      %new = arith.mulf %nz, %cand : tensor<18xf32>
      %mix = arith.addf %kept, %new : tensor<18xf32>
      %h = arith.addf %mix, %now : tensor<18xf32>
      ra.yield %h, %far : tensor<18xf32>, tensor<f32>
    }
    ra.body @hub {
      %x = ra.read self @height : tensor<9xf32>
      %first = ra.read child(3) @up::@h : tensor<18xf32>
      %seen = ra.over children [softmax] {
        %hk = ra.read there @up::@h : tensor<18xf32>
        %position = ra.read edge @position : tensor<f32>
        %length = ra.read edge @length : tensor<f32>
        %s = arith.mulf %position, %length : tensor<f32>
        ra.yield %s, %hk : tensor<f32>, tensor<18xf32>
      } : tensor<18xf32>
      %two = tensor.concat dim(0) %x, %x : (tensor<9xf32>, tensor<9xf32>) -> tensor<18xf32>
      %less = arith.cmpf ult, %seen, %first : tensor<18xf32>
      %least = arith.select %less, %seen, %first : tensor<18xi1>, tensor<18xf32>
      %both = arith.addf %least, %two : tensor<18xf32>
      %h = math.tanh %both : tensor<18xf32>
      %far = ra.over children [max] {
        %fk = ra.read there @up::@far : tensor<f32>
        ra.yield %fk : tensor<f32>
      } : tensor<f32>
      ra.yield %h, %far : tensor<18xf32>, tensor<f32>
    }
  }

  // From the ends back to the starts: a place sees who leads on from it.
  ra.sweep @down down states(@d : tensor<18xf32>) {
    ra.body {
      %h = ra.read self @up::@h : tensor<18xf32>
      %far = ra.read self @up::@far : tensor<f32>
      %half = arith.constant dense<0.5> : tensor<18xf32>
      %above = ra.over parents [min] else(%half) {
        %dk = ra.read there @down::@d : tensor<18xf32>
        %hk = ra.read there @up::@h : tensor<18xf32>
        %slope = ra.read edge @slope : tensor<18xf32>
        %a = math.fma %slope, %hk, %dk : tensor<18xf32>
        ra.yield %a : tensor<18xf32>
      } : tensor<18xf32>
      %one = arith.constant dense<1.0> : tensor<f32>
      %more = arith.addf %far, %one : tensor<f32>
      %log = math.log %more : tensor<f32>
      %room = tensor.empty() : tensor<18xf32>
      %logw = linalg.broadcast ins(%log : tensor<f32>) outs(%room : tensor<18xf32>) dimensions = [0]
      %m = arith.mulf %logw, %h : tensor<18xf32>
      %s = arith.addf %m, %above : tensor<18xf32>
      %d = ra.sigmoid %s : tensor<18xf32>
      ra.yield %d : tensor<18xf32>
    }
  }

  ra.sweep @pool map at structures states(@best : tensor<18xf32>, @longest : tensor<f32>) {
    ra.body {
      %best, %longest = ra.over nodes [mean, max] {
        %d = ra.read there @down::@d : tensor<18xf32>
        %far = ra.read there @up::@far : tensor<f32>
        ra.yield %d, %far : tensor<18xf32>, tensor<f32>
      } : tensor<18xf32>, tensor<f32>
      ra.yield %best, %longest : tensor<18xf32>, tensor<f32>
    }
  }
  ra.output @best = @pool::@best
  ra.output @longest = @pool::@longest
}
