package dev.lectern.cli;

import dev.lectern.detector.device.TorchDevice;
import picocli.CommandLine.Option;

/** The device of a student outside of runs. */
final class DeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = TorchDevice.AUTO,
      description =
          "What the student is on: auto (a GPU if libtorch can use one, else the processor), cpu,"
              + " cuda or cuda:N.")
  private String device;

  /**
   * The device that was asked for.
   *
   * @throws dev.lectern.schemas.config.UserMistakeException if there is no such device
   */
  TorchDevice device() {
    return TorchDevice.of(device);
  }
}
