package dev.lectern.trainer.distil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.gfl.GflObjective;
import dev.lectern.trainer.family.gfl.GflSettings;
import dev.lectern.trainer.loss.Tensors;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.testing.StudentMaps;
import dev.lectern.trainer.testing.TeacherMaps;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every form of every method, as a term of an objective, on random and on awkward batches: values
 * and gradients are finite numbers.
 */
class TermsPropertyTest {
  private static final int BINS = 8;
  static final List<String> SOFTMAX_OF_CLASSES =
      List.of("{name: kd, form: softmax}", "pixelwise", "pixelwise_cross_entropy");

  @RegisterExtension private final Tensors tensors = new Tensors();

  /**
   * A batch.
   *
   * @param deviation of all random numbers; 50 makes logits that saturate
   */
  private record Setting(
      int height,
      int width,
      int[] strides,
      double deviation,
      int ours,
      int theirs,
      int teacherBins,
      int classes,
      List<GroundTruth> images) {}

  static Stream<Method> forms() {
    return EveryForm.all();
  }

  @ParameterizedTest
  @MethodSource("forms")
  void randomBatchesGiveFiniteNumbers(Method loss) {
    Random random = new Random(loss.toString().hashCode());
    for (int i = 0; i < 3; i++) {
      check(loss, random(random, 1), random.nextLong());
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void saturatedLogitsGiveFiniteNumbers(Method loss) {
    Random random = new Random(loss.toString().hashCode());
    check(loss, random(random, 50), random.nextLong());
  }

  @ParameterizedTest
  @MethodSource("forms")
  void batchesWithoutObjectsGiveFiniteNumbers(Method loss) {
    List<GroundTruth> nothing = List.of(GroundTruth.NONE, GroundTruth.NONE);
    check(loss, new Setting(40, 24, new int[] {8, 16}, 1, 6, 6, BINS, 2, nothing), 5);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void onePositionGivesFiniteNumbers(Method loss) {
    List<GroundTruth> one = List.of(new GroundTruth(new float[] {0, 0, 16, 16}, new int[] {1}));
    check(loss, new Setting(16, 16, new int[] {16}, 1, 4, 6, BINS, 2, one), 6);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void equalNetworksGiveFiniteNumbers(Method loss) {
    List<GroundTruth> one = List.of(new GroundTruth(new float[] {4, 6, 40, 34}, new int[] {0}));
    Setting setting = new Setting(48, 64, new int[] {8, 16}, 1, 6, 6, BINS, 2, one);
    Outputs<NDArray> student = student(setting, 7);
    check(
        loss,
        setting,
        student,
        new Maps(
            student.get(TensorRole.CLASS_LOGITS),
            student.get(TensorRole.BOX_DISTRIBUTION),
            student.get(TensorRole.FEATURES)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void mapsOfNothingButZerosGiveFiniteNumbers(Method loss) {
    List<GroundTruth> one = List.of(new GroundTruth(new float[] {4, 6, 40, 34}, new int[] {0}));
    Setting setting = new Setting(48, 64, new int[] {8, 16}, 0, 6, 6, BINS, 2, one);
    check(loss, setting, 8);
  }

  /** In the second of two steps: what a discriminator minimises tells from then on. */
  @ParameterizedTest
  @MethodSource("choices")
  void everyChoiceChangesTheLoss(Method loss) {
    List<GroundTruth> images =
        List.of(
            new GroundTruth(new float[] {4, 6, 40, 34, 20, 2, 60, 46}, new int[] {0, 1}),
            new GroundTruth(new float[] {8, 8, 24, 30}, new int[] {1}));
    Setting setting = new Setting(48, 64, new int[] {8, 16}, 1, 6, 6, BINS, 2, images);

    assertThat(check(loss, setting, 1))
        .as(loss.toString())
        .isNotEqualTo(check(Methods.of(loss.name()), setting, 1));
  }

  /** Without what means nothing on the main region, where imitation starts. */
  static Stream<Method> choices() {
    return EveryForm.all()
        .filter(loss -> !loss.equals(Methods.of(loss.name())))
        .filter(loss -> !loss.name().equals("bckd")) // every level of this batch has a positive
        .filter(
            loss ->
                !loss.name().equals("imitation")
                    || loss.region() != Region.MAIN
                    || ((Imitation) loss).features().adapter() != Adapter.AUTO);
  }

  @Test
  void tokensMayLieOnAGridOfTheirOwn() {
    // Given a student of 6x8 and 3x4 cells and tokens of 4x5, with 6 channels
    Setting setting =
        new Setting(48, 64, new int[] {8, 16}, 1, 4, 6, BINS, 2, List.of(GroundTruth.NONE));
    NDArray tokens = tensors.random(3, 1, 1, 6, 4, 5);
    Maps teacher = new Maps(List.of(), List.of(), List.of(tokens));

    // When
    float value =
        check(
            Methods.of("{name: token_cosine, variant: official}"),
            setting,
            student(setting, 1),
            teacher);

    // Then: two levels, each between 0 and 2
    assertThat(value).isBetween(0f, 4f);
    assertThat(
            check(
                Methods.of("{name: token_cosine, variant: official, levels: [1]}"),
                setting,
                student(setting, 1),
                teacher))
        .isLessThan(value);
  }

  @Test
  void bckdLeavesOutLevelsWithoutPositivesUnlessThePaperIsAskedFor() {
    // Given one object of the size of the fine level's anchors
    List<GroundTruth> one = List.of(new GroundTruth(new float[] {8, 8, 24, 24}, new int[] {0}));
    Setting both = new Setting(48, 64, new int[] {8, 16}, 1, 6, 6, BINS, 2, one);
    Setting fine = new Setting(48, 64, new int[] {8}, 1, 6, 6, BINS, 2, one);

    // Then
    Method official = Methods.of("{name: bckd, variant: official}");
    assertThat(check(official, both, 1)).isEqualTo(check(official, fine, 1));
    assertThat(check(Methods.of("{name: bckd, variant: paper}"), both, 1))
        .isGreaterThan(check(official, both, 1));
  }

  @ParameterizedTest
  @MethodSource("formsOfOneClass")
  void oneClassGivesFiniteNumbers(Method loss) {
    List<GroundTruth> one = List.of(new GroundTruth(new float[] {4, 6, 40, 34}, new int[] {0}));
    check(loss, new Setting(48, 64, new int[] {8, 16}, 1, 6, 6, BINS, 1, one), 10);
  }

  static Stream<Method> formsOfOneClass() {
    return EveryForm.all().filter(loss -> loss.obstacle(1).isEmpty());
  }

  @ParameterizedTest
  @FieldSource("SOFTMAX_OF_CLASSES")
  void aSoftmaxOverOneClassIsRefused(String settings) {
    Setting setting = new Setting(16, 16, new int[] {16}, 1, 4, 4, BINS, 1, List.of());
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Pairing pairing = pairing(setting, priors(setting));
      Layers layers = new Layers(pairing, new ParameterBuilder(manager, 1, List.of()), "");

      Method softmax = Methods.of(settings);
      assertThatThrownBy(() -> softmax.term(pairing, layers))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageStartingWith(
              "losses: "
                  + softmax.name()
                  + ": a softmax over one class is always 1, so nothing would be");
    }
  }

  private record Maps(List<NDArray> cls, List<NDArray> dist, List<NDArray> features) {}

  private static Setting random(Random random, double deviation) {
    int[] strides = random.nextBoolean() ? new int[] {8, 16} : new int[] {8, 16, 32};
    int height = 16 + random.nextInt(60);
    int width = 16 + random.nextInt(60);
    int ours = 4 + 2 * random.nextInt(3);
    List<GroundTruth> images = new ArrayList<>();
    for (int n = 0; n < 1 + random.nextInt(3); n++) {
      images.add(image(random, height, width));
    }
    return new Setting(
        height,
        width,
        strides,
        deviation,
        ours,
        random.nextBoolean() ? ours : 6,
        random.nextBoolean() ? BINS : 17,
        2,
        images);
  }

  private static GroundTruth image(Random random, int height, int width) {
    int count = random.nextInt(4);
    float[] boxes = new float[4 * count];
    int[] labels = new int[count];
    for (int g = 0; g < count; g++) {
      labels[g] = random.nextInt(2);
      boxes[4 * g] = random.nextFloat() * (width - 4);
      boxes[4 * g + 1] = random.nextFloat() * (height - 4);
      boxes[4 * g + 2] = boxes[4 * g] + 2 + random.nextFloat() * (width - 2 - boxes[4 * g]);
      boxes[4 * g + 3] =
          boxes[4 * g + 1] + 2 + random.nextFloat() * (height - 2 - boxes[4 * g + 1]);
    }
    return new GroundTruth(
        boxes, labels, new GroundTruth.Extent(height - random.nextInt(8), width));
  }

  private float check(Method loss, Setting setting, long seed) {
    List<NDArray> cls = maps(setting, seed + 3, setting.classes());
    List<NDArray> dist = maps(setting, seed + 4, 4 * setting.teacherBins());
    List<NDArray> features = maps(setting, seed + 5, setting.theirs());
    return check(loss, setting, student(setting, seed), new Maps(cls, dist, features));
  }

  /** The value of a second step on the same batch. */
  private float check(Method loss, Setting setting, Outputs<NDArray> student, Maps teacher) {
    PriorGrid priors = priors(setting);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      ParameterBuilder parameters = new ParameterBuilder(manager, 1, List.of());
      Pairing pairing = pairing(setting, priors);
      Layers layers = new Layers(pairing, parameters, "").of("term");
      Term term = loss.term(pairing, layers);
      DenseTargetAssembler assembler =
          new DenseTargetAssembler(
              priors, Assigner.atss(priors, AtssAssigner.DEFAULT), loss.needs().parts());
      Objective objective =
          new Objective(
              new GflObjective(GflSettings.PUBLISHED, BINS, assembler),
              List.of(WeightedTerm.of("loss_term", 1, term)));
      TeacherOutputs outputs =
          TeacherMaps.dense(
              priors, teacher.cls(), teacher.dist(), teacher.features(), rebinning(setting));
      DenseTargets targets = assembler.assemble(setting.images());
      Losses losses = objective.losses(student, List.of(outputs), targets, TrainingProgress.START);
      NDArray value = losses.byName().get("loss_term");
      assertThat(value.getFloat()).as("%s on %s", loss, setting).isFinite();
      if (value.hasGradient() || !layers.learned().isEmpty()) {
        Tensors.backward(losses.total());
      }
      for (List<NDArray> maps :
          List.of(
              student.get(TensorRole.CLASS_LOGITS),
              student.get(TensorRole.BOX_DISTRIBUTION),
              student.get(TensorRole.FEATURES))) {
        for (NDArray map : maps) {
          if (map.hasGradient()) {
            assertFinite(map.getGradient(), loss);
          }
        }
      }
      for (Parameter parameter : layers.learned()) {
        assertFinite(parameter.array().getGradient(), loss);
      }
      TrainingProgress second = new TrainingProgress(1, 0.5, 1);
      return objective
          .losses(student, List.of(outputs), targets, second)
          .byName()
          .get("loss_term")
          .getFloat();
    }
  }

  private static void assertFinite(NDArray gradient, Method loss) {
    for (float g : gradient.toFloatArray()) {
      assertThat(g).as("gradient of %s", loss).isFinite();
    }
  }

  private static Pairing pairing(Setting setting, PriorGrid priors) {
    return new Pairing(
        priors,
        new GroundTruth.Extent(setting.height(), setting.width()),
        Assigner.atss(priors, AtssAssigner.DEFAULT),
        setting.classes(),
        Collections.nCopies(setting.strides().length, setting.ours()),
        Collections.nCopies(setting.strides().length, setting.theirs()),
        setting.theirs(),
        3);
  }

  private static DistributionRebinning rebinning(Setting setting) {
    return DistributionRebinning.between(
        setting.teacherBins(), setting.teacherBins() == BINS ? 0 : 0.5, BINS, 0);
  }

  private static PriorGrid priors(Setting setting) {
    return new PriorGrid(
        PriorGrid.levels(setting.height(), setting.width(), setting.strides()), 0, 2);
  }

  private Outputs<NDArray> student(Setting setting, long seed) {
    Outputs<NDArray> student =
        StudentMaps.of(
            maps(setting, seed, setting.classes()),
            maps(setting, seed + 1, 4 * BINS),
            maps(setting, seed + 2, setting.ours()));
    for (List<NDArray> maps :
        List.of(
            student.get(TensorRole.CLASS_LOGITS),
            student.get(TensorRole.BOX_DISTRIBUTION),
            student.get(TensorRole.FEATURES))) {
      maps.forEach(map -> map.setRequiresGradient(true));
    }
    return student;
  }

  private List<NDArray> maps(Setting setting, long seed, int channels) {
    List<NDArray> maps = new ArrayList<>();
    for (LevelGrid level : priors(setting).levels()) {
      maps.add(
          tensors.random(
              seed + 100L * maps.size(),
              setting.deviation(),
              setting.images().size(),
              channels,
              level.height(),
              level.width()));
    }
    return maps;
  }
}
