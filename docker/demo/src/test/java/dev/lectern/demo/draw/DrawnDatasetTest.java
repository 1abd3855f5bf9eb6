package dev.lectern.demo.draw;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrawnDatasetTest {
  @TempDir Path folder;

  @Test
  void writtenPicturesAndAnnotationsAreThoseThatWereDrawn() throws Exception {
    DrawnDataset dataset = new DrawnDataset(5, 100, 4, 96, 0);

    dataset.write(folder.resolve("images"), folder.resolve("train.json"));

    JsonNode coco = new JsonMapper().readTree(folder.resolve("train.json").toFile());
    assertThat(coco.get("categories")).hasSize(ShapeClass.values().length);
    assertThat(coco.get("images")).hasSize(4);
    int objects = 0;
    for (int i = 0; i < 4; i++) {
      DrawnImage drawn = dataset.image(i);
      objects += drawn.objects().size();
      JsonNode node = coco.get("images").get(i);
      assertThat(node.get("id").asLong()).isEqualTo(100 + i);
      BufferedImage png =
          ImageIO.read(folder.resolve("images").resolve(node.get("file_name").asText()).toFile());
      assertThat(png.getRGB(17, 3) & 0xff).isEqualTo(drawn.rgb()[3 * (3 * 96 + 17) + 2] & 0xff);
      assertThat(png.getRGB(17, 3) >> 16 & 0xff).isEqualTo(drawn.rgb()[3 * (3 * 96 + 17)] & 0xff);
    }
    assertThat(coco.get("annotations")).hasSize(objects);
    JsonNode box = coco.get("annotations").get(0).get("bbox");
    DrawnObject first = dataset.image(0).objects().get(0);
    assertThat(box.get(0).asDouble()).isEqualTo(first.x1());
    assertThat(box.get(2).asDouble()).isEqualTo(first.x2() - first.x1());
  }

  @Test
  void carelessAnnotationsMoveEdgesAndNothingElse() {
    DrawnDataset exact = new DrawnDataset(5, 0, 40, 96, 0);
    DrawnDataset careless = new DrawnDataset(5, 0, 40, 96, 0.05);
    double sum = 0;
    double squares = 0;
    int edges = 0;
    for (int i = 0; i < 40; i++) {
      assertThat(careless.image(i).rgb()).isEqualTo(exact.image(i).rgb());
      List<DrawnObject> moved = careless.image(i).objects();
      for (int j = 0; j < moved.size(); j++) {
        DrawnObject a = exact.image(i).objects().get(j);
        DrawnObject b = moved.get(j);
        assertThat(b.shape()).isEqualTo(a.shape());
        if (a.x1() > 10) {
          double move = (b.x1() - a.x1()) / (a.x2() - a.x1());
          sum += move;
          squares += move * move;
          edges++;
        }
      }
    }
    assertThat(sum / edges).isBetween(-0.02, 0.02);
    assertThat(Math.sqrt(squares / edges)).isBetween(0.035, 0.065);
  }
}
