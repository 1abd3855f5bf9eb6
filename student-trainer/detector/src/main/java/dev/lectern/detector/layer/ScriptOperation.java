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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * An operation of libtorch that DJL has no call for, through a TorchScript module of one line. It
 * has no parameters of its own, so it runs on every device and in every thread.
 */
final class ScriptOperation {
  private static final String CODE =
      """
      class Operation(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.Operation,
          %s) -> Tensor:
          return %s
      """;

  /** An object of that class, not in training; the protocol is that of TorchScript, 2. */
  private static final String OBJECT =
      "\u0080\2c__torch__\nOperation\nq\0)\u0081}(X\b\0\0\0trainingq\1\u0089ubq\2.";

  private static final String NO_CONSTANTS = "\u0080\2).";

  /** Held because it closes the module once nobody holds it. */
  private final Model model;

  private final PtSymbolBlock module;

  /**
   * @param expression in TorchScript, such as {@code torch.silu(x)}
   * @param inputs names that the expression has for the arrays of {@link #apply}, in their order
   */
  ScriptOperation(String expression, String... inputs) {
    this.model = load(expression, inputs);
    this.module = (PtSymbolBlock) model.getBlock();
  }

  /** Attaches the result to the manager of the first input. */
  NDArray apply(NDArray... inputs) {
    boolean ordinaryTensors = true; // the other mode makes tensors that no later graph accepts
    return IValueUtils.forward(module, new NDList(inputs), ordinaryTensors).singletonOrThrow();
  }

  private static Model load(String expression, String[] inputs) {
    String arguments =
        Arrays.stream(inputs).map(input -> input + ": Tensor").collect(Collectors.joining(", "));
    try {
      Model model = Model.newInstance("operation", "PyTorch");
      model.load(new ByteArrayInputStream(archive(CODE.formatted(arguments, expression))), null);
      return model;
    } catch (IOException | MalformedModelException e) {
      throw new LinkageError(expression, e);
    }
  }

  private static byte[] archive(String code) throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("data.pkl", OBJECT);
    files.put("code/__torch__.py", code);
    files.put("constants.pkl", NO_CONSTANTS);
    files.put("version", "3\n");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry("operation/" + file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.ISO_8859_1));
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
