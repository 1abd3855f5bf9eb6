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

/** An operation of libtorch that DJL has no call for, as a TorchScript module of one line. */
final class ScriptFunction {
  /** {@code x * sigmoid(x)}; as two operations it takes longer, and backward keeps a second map. */
  static final ScriptFunction SILU = new ScriptFunction("torch.silu(x)");

  /**
   * The same numbers, those of a cell side by side in memory. Convolutions of such maps give such
   * maps, and need not put them into another order first.
   */
  static final ScriptFunction CHANNELS_LAST =
      new ScriptFunction("torch.contiguous(x, memory_format=2)");

  private static final String CODE =
      """
      class Function(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.Function,
          x: Tensor) -> Tensor:
          return %s
      """;

  /** An object of that class, not in training; the protocol is that of TorchScript, 2. */
  private static final String OBJECT =
      "\u0080\2c__torch__\nFunction\nq\0)\u0081}(X\b\0\0\0trainingq\1\u0089ubq\2.";

  private static final String NO_CONSTANTS = "\u0080\2).";

  /** Has no parameters, so it runs on every device and in every thread; closed if let go of. */
  private final Model model;

  private ScriptFunction(String expression) {
    model = Model.newInstance("function", "PyTorch");
    try {
      model.load(new ByteArrayInputStream(archive(expression)), null);
    } catch (IOException | MalformedModelException e) {
      throw new LinkageError(expression, e);
    }
  }

  /** Attaches the result to the manager of {@code x}. */
  NDArray apply(NDArray x) {
    boolean ordinaryTensors = true; // the other mode makes tensors that no later graph accepts
    PtSymbolBlock module = (PtSymbolBlock) model.getBlock();
    return IValueUtils.forward(module, new NDList(x), ordinaryTensors).singletonOrThrow();
  }

  private static byte[] archive(String expression) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("data.pkl", OBJECT);
    files.put("code/__torch__.py", CODE.formatted(expression));
    files.put("constants.pkl", NO_CONSTANTS);
    files.put("version", "3\n");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry("function/" + file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
