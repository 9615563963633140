// What has no expansion would become a call of a library: an error that names it.
// RUN: cortex-opt %s --cortex-expand-math --split-input-file --verify-diagnostics -o /dev/null

func.func @sinh(%x: f32) -> f32 {
  // expected-error@+1 {{'math.sinh' op has no expansion: it would become a call of a math library}}
  %y = math.sinh %x : f32
  return %y : f32
}

// -----

func.func @half(%x: vector<4xf16>) -> vector<4xf16> {
  // expected-error@+1 {{'math.exp' op has no expansion}}
  %y = math.exp %x : vector<4xf16>
  return %y : vector<4xf16>
}
