package dev.lectern.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.trainer.eval.PascalVocEvaluator.Interpolation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PascalVocEvaluatorTest {
  @Test
  void theReferenceCaseIsReproduced() throws IOException {
    // Given seven images with one class
    Path folder = EvalFixtures.folder("pascal-test-case-1");
    JsonNode expected = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    List<Long> images = new ArrayList<>();
    List<TruthBox> objects = new ArrayList<>();
    List<Detection> detections = new ArrayList<>();
    for (long image = 1; image <= 7; image++) {
      images.add(image);
      String name = "0000" + image + ".txt";
      for (String line : Files.readAllLines(folder.resolve("gts").resolve(name))) {
        String[] parts = line.trim().split("\\s+");
        Box box = box(parts, 1);
        objects.add(new TruthBox(image, 0, box, box.area(), false));
      }
      for (String line : Files.readAllLines(folder.resolve("dets").resolve(name))) {
        String[] parts = line.trim().split("\\s+");
        detections.add(new Detection(image, 0, box(parts, 2), Double.parseDouble(parts[1])));
      }
    }
    GroundTruthSet truth = new GroundTruthSet(images, List.of(new Category(0, "object")), objects);
    Map<Interpolation, String> names =
        Map.of(
            Interpolation.ELEVEN_POINTS, "elevenPointInterpolation",
            Interpolation.EVERY_POINT, "everyPointInterpolation");

    names.forEach(
        (interpolation, name) ->
            expected
                .get(name)
                .properties()
                .forEach(
                    entry -> {
                      // When
                      double precision =
                          PascalVocEvaluator.averagePrecision(
                              truth,
                              detections,
                              0,
                              Double.parseDouble(entry.getKey()),
                              interpolation);

                      // Then
                      assertThat(precision)
                          .as(name + " at " + entry.getKey())
                          .isCloseTo(entry.getValue().doubleValue(), within(1e-9));
                    }));
  }

  private static Box box(String[] parts, int from) {
    return new Box(
        Double.parseDouble(parts[from]),
        Double.parseDouble(parts[from + 1]),
        Double.parseDouble(parts[from + 2]),
        Double.parseDouble(parts[from + 3]));
  }
}
