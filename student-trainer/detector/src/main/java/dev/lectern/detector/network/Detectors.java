package dev.lectern.detector.network;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.torchscript.TorchScriptDetector;
import dev.lectern.schemas.config.UserMistakeException;

/** Makes the network that a specification asks for. */
public final class Detectors {
  private Detectors() {}

  /**
   * A new network; the caller closes it.
   *
   * @param manager its device is the network's; closing it closes the network too
   * @param seed start values of everything that the specification's files do not bring
   * @throws UserMistakeException if the specification asks for what cannot be
   */
  public static Detector create(DetectorSpec spec, NDManager manager, long seed) {
    try {
      switch (spec.network()) {
        case NATIVE:
          return new NativeDetector(spec, manager, seed);
        case TORCHSCRIPT:
        case TORCHSCRIPT_NECK:
          return new TorchScriptDetector(spec, manager, seed);
        default:
          throw new IllegalArgumentException("network: found " + spec.network());
      }
    } catch (IllegalArgumentException e) {
      throw new UserMistakeException("detector: " + e.getMessage(), e);
    }
  }
}
