package dev.lectern.detector.device;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.Locale;

/**
 * A device that libtorch computes on in this process.
 *
 * @param name {@code cpu} or {@code cuda:N}
 * @param djl as the engine knows it
 */
public record TorchDevice(String name, Device djl) {
  /** The setting that takes the first GPU if libtorch can use one, else the processor. */
  public static final String AUTO = "auto";

  private static final String ENGINE = "PyTorch";

  /**
   * Whether a setting names a device, be it there or not; starts no engine.
   *
   * @throws UserMistakeException if it does not
   */
  public static void requireName(String setting) {
    if (!isAuto(setting)) {
      ComputeDevice.parse(setting, "auto, cpu, cuda or cuda:N");
    }
  }

  /**
   * The device of a setting.
   *
   * @param setting {@code auto}, or what {@link ComputeDevice#parse} reads
   * @throws UserMistakeException if it names none, or one that is not there
   */
  public static TorchDevice of(String setting) {
    requireName(setting);
    if (!isAuto(setting)) {
      return of(ComputeDevice.parse(setting));
    }
    return gpus() == 0 ? of(ComputeDevice.CPU) : of(new ComputeDevice(ComputeDevice.Type.CUDA, 0));
  }

  /**
   * libtorch's device.
   *
   * @throws UserMistakeException if libtorch cannot use it
   */
  public static TorchDevice of(ComputeDevice device) {
    if (device.type() == ComputeDevice.Type.CPU) {
      return new TorchDevice(device.toString(), Device.cpu());
    }
    int gpus = gpus();
    if (device.index() >= gpus) {
      throw new UserMistakeException(
          "device "
              + device
              + ": found "
              + gpus
              + " GPUs that this libtorch can use; expected a CUDA build of libtorch "
              + Engine.getEngine(ENGINE).getVersion()
              + " (PYTORCH_LIBRARY_PATH and PYTORCH_FLAVOR) and a GPU of that number");
    }
    return new TorchDevice(device.toString(), Device.gpu(device.index()));
  }

  /** A manager of its own for arrays on this device. */
  public NDManager newManager() {
    return NDManager.newBaseManager(djl, ENGINE);
  }

  private static boolean isAuto(String setting) {
    return setting.strip().toLowerCase(Locale.ROOT).equals(AUTO);
  }

  private static int gpus() {
    return Engine.getEngine(ENGINE).getGpuCount();
  }
}
