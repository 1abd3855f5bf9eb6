package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.teacher.model.StudentTeacher;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** From folders of images and label maps to a student of a recorded segmentation teacher. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SegmentationIT {
  private static final int SIDE = 65;
  private static final int IMAGES = 24;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private Site site;

  @BeforeAll
  void publishDrawnShapes() throws Exception {
    site = new Site(dir);
    Random random = new Random(3);
    for (int i = 0; i < IMAGES; i++) {
      draw("s" + i, random);
    }
    CommandRun published =
        site.done(
            "publish",
            "--name",
            "shapes",
            "--format",
            "label-maps",
            "--class-names",
            "background,disc,square",
            "--images",
            dir.resolve("images").toString(),
            "--annotations",
            dir.resolve("labels").toString(),
            "--split",
            "train",
            "--size",
            SIDE + "x" + SIDE,
            "--views-per-image",
            "2");
    assertThat(published.out()).contains("SEALED, 48 views of 24 images");
  }

  @AfterAll
  void closeSite() {
    site.close();
  }

  /** A red disc and a green square on noise; a void border around the disc. */
  private static void draw(String name, Random random) throws Exception {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    BufferedImage labels = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        image.setRGB(x, y, new Color(90 + random.nextInt(60), 90, 120).getRGB());
      }
    }
    Graphics2D shapes = image.createGraphics();
    int x = random.nextInt(30);
    int y = random.nextInt(30);
    shapes.setColor(Color.RED);
    shapes.fillOval(x, y, 26, 26);
    fill(labels, x, y, 26, 255);
    fill(labels, x + 1, y + 1, 24, 1);
    int left = random.nextInt(40);
    int top = random.nextInt(40);
    shapes.setColor(Color.GREEN);
    shapes.fillRect(left, top, 22, 22);
    for (int i = 0; i < 22 * 22; i++) {
      labels.getRaster().setSample(left + i % 22, top + i / 22, 0, 2);
    }
    Files.createDirectories(dir.resolve("images"));
    Files.createDirectories(dir.resolve("labels"));
    ImageIO.write(image, "png", dir.resolve("images").resolve(name + ".png").toFile());
    ImageIO.write(labels, "png", dir.resolve("labels").resolve(name + ".png").toFile());
  }

  private static void fill(BufferedImage labels, int left, int top, int size, int label) {
    double radius = size / 2.0;
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        if (Math.hypot(x + 0.5 - radius, y + 0.5 - radius) < radius) {
          labels.getRaster().setSample(left + x, top + y, 0, label);
        }
      }
    }
  }

  @Test
  @Order(1)
  void aNetworkLearnsLabelMapsAndIsRecordedAsATeacher() throws Exception {
    Path run = dir.resolve("teacher");
    site.done(
        "train",
        "--config",
        config(run, "dataset: shapes", 60, "deeplabv3, rates: [1, 2, 3]", "[]").toString());
    Path student = run.resolve("student.safetensors");

    site.record("shapes", "seen", student);

    double ofStudent =
        miou("--student", student.toString(), "--recording", "seen", "--split", "train");
    double ofRecording = miou("--recording", "seen");
    JsonNode figures = JSON.readTree(site.done("evaluate", "--recording", "seen", "--json").out());
    assertThat(figures.get("views").asInt()).isEqualTo(IMAGES);
    assertThat(figures.get("recorded").asInt()).isEqualTo(IMAGES);
    // Background alone, which covers most pixels, has 0.27.
    assertThat(ofStudent).isGreaterThan(0.35);
    assertThat(ofRecording).isCloseTo(ofStudent, within(0.002));
    assertThat(Files.readString(run.resolve("metrics.jsonl"))).contains("\"mIoU\":");
  }

  @Test
  @Order(2)
  void aStudentLearnsFromItByTheMethodsOfSegmentation() throws Exception {
    Path run = dir.resolve("student");
    CommandRun trained =
        site.done(
            "train",
            "--config",
            config(
                    run,
                    "recording: seen",
                    2,
                    "pspnet",
                    "[{name: cwd}, {name: cwd_logits}, {name: pixelwise}, {name: pairwise}, {name:"
                        + " ifvd}, {name: attention_transfer}, {name: local_affinity}, {name:"
                        + " holistic}]")
                .toString());

    assertThat(trained.out()).contains("mIoU ").contains(" of split train");
    assertThat(Files.readString(run.resolve("metrics.csv")).lines().findFirst().orElseThrow())
        .contains(
            "loss_seg,loss_aux,loss_cwd,loss_cwd_logits,loss_pixelwise,loss_pairwise,loss_ifvd");
  }

  @Test
  @Order(3)
  void aPspNetIsReadByItsCornersFromItsRecordingToo() throws Exception {
    Path student = dir.resolve("student").resolve("student.safetensors");

    // one view at a time: what its pooling gives depends on the place in a batch, by a last digit
    Path teacher = dir.resolve("corners.yaml");
    DescriptorYaml.write(
        StudentTeacher.describe(student, List.of("background", "disc", "square"), SIDE, SIDE, 1),
        teacher);

    site.record("shapes", "corners", student, "--teacher", teacher.toString());

    double ofStudent =
        miou("--student", student.toString(), "--recording", "corners", "--split", "train");
    assertThat(miou("--recording", "corners")).isCloseTo(ofStudent, within(0.0005));

    CommandRun ofOthers =
        site.run(
            "evaluate",
            "--student",
            student.toString(),
            "--recording",
            "corners",
            "--split",
            "train",
            "--class",
            "shape=disc,square");
    assertThat(ofOthers.exitCode()).isEqualTo(2);
    assertThat(ofOthers.err()).contains("found a student of 3 classes, --class names 1");
  }

  @Test
  @Order(4)
  void aStoppedRunGoesOnWithTheSameBits() throws Exception {
    String losses = "[{name: cwd_logits}, {name: holistic}]";
    for (String family : List.of("pspnet", "deeplabv3, rates: [1, 2, 3]")) {
      String name = family.substring(0, 6);
      Path whole = dir.resolve(name + "-whole");
      Path stopped = dir.resolve(name + "-stopped");
      String[] constant = {"--set", "schedule.name=constant", "--set", "evaluation.split=none"};
      Path config = config(whole, "recording: seen", 2, family, losses);
      site.done(with(constant, "train", "--config", config.toString()));
      config = config(stopped, "recording: seen", 1, family, losses);
      site.done(with(constant, "train", "--config", config.toString()));

      config = config(stopped, "recording: seen", 2, family, losses);
      site.done(with(constant, "train", "--resume", "--config", config.toString()));

      assertThat(stopped.resolve("student.safetensors"))
          .as(family)
          .hasSameBinaryContentAs(whole.resolve("student.safetensors"));
    }
  }

  private static String[] with(String[] more, String... command) {
    return Stream.of(command, more).flatMap(Stream::of).toArray(String[]::new);
  }

  @Test
  @Order(5)
  void aPageShowsLabelMapsAndWhereTheyDiffer() throws Exception {
    Path page = dir.resolve("seen.html");
    Path student = dir.resolve("student").resolve("student.safetensors");

    site.done(
        "inspect",
        "seen",
        "--views",
        "3",
        "--sort",
        "both",
        "--out",
        page.toString(),
        "--student",
        student.toString());

    String html = Files.readString(page);
    // view, annotation, teacher, student, and three differences
    assertThat(html.split("<image ", -1)).hasSize(1 + 3 * 7);
    assertThat(html)
        .contains("disc</span>", "background: #800000", "ignored</span>")
        .contains("teacher and annotation: ", "student and teacher: ");
    List<Double> shares = new ArrayList<>();
    Matcher differences =
        Pattern.compile("<figcaption>student and teacher: ([0-9.]+) %").matcher(html);
    while (differences.find()) {
      shares.add(Double.valueOf(differences.group(1)));
    }
    assertThat(shares).hasSize(3).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(site.run("inspect", "seen", "--class", "disc", "--out", page.toString()).err())
        .contains("--class: recording 'seen' gives pixels their classes, expected boxes");
  }

  @Test
  @Order(6)
  void whatPixelsCannotLearnIsRefusedInOneLine() throws Exception {
    CommandRun refused =
        site.run(
            "train",
            "--config",
            config(dir.resolve("refused"), "recording: seen", 1, "pspnet", "[{name: kd}]")
                .toString());

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .contains(
            "recording 'seen' does not suit the run: kd: the student gives classes of pixels");
  }

  private static Path config(Path run, String from, int epochs, String head, String losses)
      throws Exception {
    return Files.writeString(
        dir.resolve(run.getFileName() + ".yaml"),
        """
        %s
        out: %s
        epochs: %d
        batch-size: 8
        optimizer: {name: adamw, learning-rate: 0.01}
        schedule: {name: cosine, warmup-steps: 1}
        losses: %s
        evaluation: {split: train, every-epochs: 0}
        student:
          classes: 3
          strides: [8]
          backbone: {depth: 18, width: 8}
          head: {family: %s, channels: 8}
        """
            .formatted(from, run, epochs, losses, head));
  }

  private double miou(String... of) throws Exception {
    List<String> command = new ArrayList<>(List.of("evaluate", "--json"));
    command.addAll(List.of(of));
    return JSON.readTree(site.done(command.toArray(String[]::new)).out()).get("mIoU").asDouble();
  }
}
