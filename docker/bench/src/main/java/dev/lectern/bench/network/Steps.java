package dev.lectern.bench.network;

import java.io.IOException;

/** Training steps of one implementation of a network. */
interface Steps {
  /**
   * What a step took.
   *
   * @param cpuMs processor time of its thread in milliseconds: on a busy machine hardly more than
   *     on a quiet one
   * @param ms from its beginning to its end
   */
  record Time(double cpuMs, double ms) {}

  /** Does one. */
  Time step() throws IOException;
}
