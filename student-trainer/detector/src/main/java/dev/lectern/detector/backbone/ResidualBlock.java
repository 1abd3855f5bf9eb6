package dev.lectern.detector.backbone;

import dev.lectern.detector.layer.Operations;

/** Layers whose result is added to their input: y = relu(F(x) + shortcut(x)). */
interface ResidualBlock {
  <T> T apply(Operations<T> operations, T x);
}
