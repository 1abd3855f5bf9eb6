package dev.lectern.teacher.recognition;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.teacher.model.ScriptCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs a TorchScript file once. */
final class ScriptContents {
  private ScriptContents() {}

  static ModelContents read(Path file, ModelContents.Size size) {
    Map<String, String> metadata = metadata(file);
    ModelContents.Size canvas =
        Optional.ofNullable(size)
            .or(() -> Ultralytics.size(metadata))
            .orElseThrow(
                () ->
                    new UserMistakeException(
                        "model "
                            + file
                            + ": TorchScript does not say the size of its images, expected --size"
                            + " WIDTHxHEIGHT"));
    List<ModelTensor> outputs = new ArrayList<>();
    try (Model model = Model.newInstance("model", "PyTorch")) {
      model.load(file, null, Map.of("mapLocation", "true"));
      try (NDManager scope = model.getNDManager().newSubManager()) {
        NDList in = new NDList(scope.zeros(new Shape(1, 3, canvas.height(), canvas.width())));
        NDList found =
            model.getBlock().forward(new ParameterStore(model.getNDManager(), true), in, false);
        found.attach(scope);
        for (int i = 0; i < found.size(); i++) {
          NDArray array = found.get(i);
          outputs.add(
              new ModelTensor(
                  array.getName() == null ? "output" + i : array.getName(),
                  array.getDataType().toString().toLowerCase(Locale.ROOT),
                  array.getShape().getShape(),
                  ""));
        }
      }
    } catch (IOException | MalformedModelException | EngineException e) {
      throw new UserMistakeException(
          "model "
              + file
              + ": libtorch cannot run it: "
              + ScriptCode.cause(e)
              + ScriptCode.wayOut(file, e),
          e);
    } catch (UnsupportedOperationException e) {
      throw ScriptCode.noTensor(file, e);
    }
    ModelTensor image =
        new ModelTensor(
            "image", "float32", new long[] {-1, 3, canvas.height(), canvas.width()}, "");
    return new ModelContents(
        file,
        image,
        canvas.width(),
        canvas.height(),
        List.of(image),
        outputs,
        List.of(),
        metadata,
        Optional.empty());
  }

  /** What Ultralytics leaves in the archive. */
  private static Map<String, String> metadata(Path file) {
    Map<String, String> metadata = new HashMap<>();
    ScriptCode.text(file, "/extra/config.txt")
        .ifPresent(
            json -> {
              try {
                JsonNode tree = new JsonMapper().readTree(json);
                tree.properties()
                    .forEach(
                        e ->
                            metadata.put(
                                e.getKey(),
                                e.getValue().isValueNode()
                                    ? e.getValue().asText()
                                    : e.getValue().toString()));
              } catch (IOException e) {
                // Not Ultralytics' own: nothing is known.
                metadata.clear();
              }
            });
    return metadata;
  }
}
