package dev.lectern.detector.layer;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * SiLU, {@code x * sigmoid(x)}, as the one operation of libtorch, through a TorchScript module of
 * one line, since DJL has no call for it. As two operations it takes more than twice the time, and
 * backward keeps a second map.
 */
final class Silu {
  private static final String CODE =
      """
      class Silu(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.Silu,
          x: Tensor) -> Tensor:
          return torch.silu(x)
      """;

  /** An object of that class, not in training; the protocol is that of TorchScript, 2. */
  private static final String OBJECT =
      "\u0080\2c__torch__\nSilu\nq\0)\u0081}(X\b\0\0\0trainingq\1\u0089ubq\2.";

  private static final String NO_CONSTANTS = "\u0080\2).";

  /** Has no parameters, so it runs on every device and in every thread; closed if let go of. */
  private static final Model MODEL = load();

  private static final PtSymbolBlock MODULE = (PtSymbolBlock) MODEL.getBlock();

  private Silu() {}

  /** Attaches the result to the manager of {@code x}. */
  static NDArray apply(NDArray x) {
    boolean ordinaryTensors = true; // the other mode makes tensors that no later graph accepts
    return IValueUtils.forward(MODULE, new NDList(x), ordinaryTensors).singletonOrThrow();
  }

  private static Model load() {
    try {
      Model model = Model.newInstance("silu", "PyTorch");
      model.load(new ByteArrayInputStream(archive()), null);
      return model;
    } catch (IOException | MalformedModelException e) {
      throw new LinkageError("SiLU", e);
    }
  }

  private static byte[] archive() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("data.pkl", OBJECT);
    files.put("code/__torch__.py", CODE);
    files.put("constants.pkl", NO_CONSTANTS);
    files.put("version", "3\n");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry("silu/" + file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
