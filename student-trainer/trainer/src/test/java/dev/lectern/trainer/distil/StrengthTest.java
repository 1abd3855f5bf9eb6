package dev.lectern.trainer.distil;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
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
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How strong each method is beside the detector's own losses, and that sizes do not change it.
 *
 * <p>Strength is the norm of the gradient in a 1x1 convolution that every image, level and position
 * shares, over that of the detector's own losses in the same convolution.
 */
class StrengthTest {
  /** Largest change of a strength, as a factor. */
  private static final double BOUND = 1.25;

  /** The same for methods with layers of their own on each level, which start at random values. */
  private static final double OWN_LAYERS_BOUND = 1.5;

  private static final List<String> OWN_LAYERS =
      List.of("fbkd", "reviewkd", "krd", "score_weighted", "token_cosine");

  /** A larger map offers its choice of a fixed number of instances more that differ. */
  private static final double INSTANCES_BOUND = 2;

  private static final int CHANNELS = 6;
  private static final int INPUTS = 5;
  private static final int SIDE = 128;

  @RegisterExtension private final Tensors tensors = new Tensors();

  /**
   * A step.
   *
   * @param unused classes that neither network ever sees
   * @param spare bins that neither network ever takes
   * @param images copies of the same one
   * @param tiles copies of the same picture beside each other
   * @param copies of each level
   */
  private record Sizes(int unused, int spare, int images, int tiles, int copies) {
    private static final Sizes BASE = new Sizes(0, 0, 1, 1, 1);
  }

  /** Its judge learns and draws numbers; the other has no cells, of which these steps are made. */
  private static final List<String> LEFT_OUT = List.of("holistic", "defeat_head");

  static List<String> names() {
    return Methods.names().stream().filter(name -> !LEFT_OUT.contains(name)).toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void itDoesNotDependOnTheNumberOfImages(String name) {
    assertSteady(name, new Sizes(0, 0, 2, 1, 1));
  }

  @ParameterizedTest
  @MethodSource("names")
  void itDoesNotDependOnUnusedClasses(String name) {
    assertSteady(name, new Sizes(3, 0, 1, 1, 1));
  }

  @ParameterizedTest
  @MethodSource("names")
  void itDoesNotDependOnUnusedBins(String name) {
    assertSteady(name, new Sizes(0, 8, 1, 1, 1));
  }

  @ParameterizedTest
  @MethodSource("names")
  void itDoesNotDependOnTheSizeOfTheMap(String name) {
    assertSteady(name, new Sizes(0, 0, 1, 2, 1));
  }

  @ParameterizedTest
  @MethodSource("names")
  void itDoesNotDependOnTheNumberOfLevels(String name) {
    assertSteady(name, new Sizes(0, 0, 1, 1, 2));
  }

  /** What the default is for: the official forms do depend on these sizes. */
  @Test
  void theOfficialFormsAreAsStrongAsTheirSizes() {
    Sizes twice = new Sizes(0, 0, 2, 1, 1);
    assertThat(change("{name: ld, variant: official}", twice)).isGreaterThan(1.9);
    assertThat(change("{name: fitnets, variant: official}", new Sizes(0, 0, 1, 1, 2)))
        .isGreaterThan(1.9);
    assertThat(change("{name: ld, variant: official}", new Sizes(0, 8, 1, 1, 1))).isLessThan(0.6);
    assertThat(change("{name: kd, variant: official}", new Sizes(3, 0, 1, 1, 1))).isLessThan(0.8);
    assertThat(change("{name: pixelwise_cross_entropy, variant: official}", twice))
        .isGreaterThan(1.9);
  }

  private void assertSteady(String settings, Sizes sizes) {
    double bound =
        settings.equals("gid")
            ? INSTANCES_BOUND
            : OWN_LAYERS.contains(settings) ? OWN_LAYERS_BOUND : BOUND;
    assertThat(change(settings, sizes)).as(settings).isBetween(1 / bound, bound);
  }

  private double change(String settings, Sizes sizes) {
    return strength(settings, sizes) / strength(settings, Sizes.BASE);
  }

  private double strength(String settings, Sizes sizes) {
    Method method = Methods.of(settings);
    PriorGrid priors = priors(sizes);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Pairing pairing =
          new Pairing(
              priors,
              new GroundTruth.Extent(SIDE, SIDE * sizes.tiles()),
              assigner(priors),
              3 + sizes.unused(),
              Collections.nCopies(priors.levels().size(), CHANNELS),
              Collections.nCopies(priors.levels().size(), CHANNELS),
              CHANNELS,
              3);
      Layers layers =
          new Layers(pairing, new ParameterBuilder(manager, 1, List.of()), "").of("term");
      DenseTargetAssembler assembler =
          new DenseTargetAssembler(priors, assigner(priors), method.needs().parts());
      int bins = 8 + sizes.spare();
      Objective objective =
          new Objective(
              new GflObjective(GflSettings.PUBLISHED, bins, assembler),
              List.of(WeightedTerm.of("loss_term", method.weight(), method.term(pairing, layers))));
      DenseTargets targets =
          assembler.assemble(Collections.nCopies(sizes.images(), truth(sizes.tiles())));
      TeacherOutputs teacher =
          TeacherMaps.dense(
              priors,
              cls(sizes, 40),
              dist(sizes, 50),
              maps(sizes, 60, CHANNELS),
              DistributionRebinning.between(bins, 0, bins, 0));
      Supplier<Outputs<NDArray>> student =
          () -> StudentMaps.of(cls(sizes, 10), dist(sizes, 20), maps(sizes, 30, CHANNELS));
      return norm(objective, student.get(), teacher, targets, sizes, true)
          / norm(objective, student.get(), teacher, targets, sizes, false);
    }
  }

  /** Norm of the gradient in what all positions share. */
  private double norm(
      Objective objective,
      Outputs<NDArray> student,
      TeacherOutputs teacher,
      DenseTargets targets,
      Sizes sizes,
      boolean ofTerm) {
    student.all().forEach(map -> map.setRequiresGradient(true));
    Losses losses = objective.losses(student, List.of(teacher), targets, TrainingProgress.START);
    NDArray term = losses.byName().get("loss_term");
    Tensors.backward(ofTerm ? term : losses.total().sub(term));
    List<NDArray> inputs = maps(sizes, 70, INPUTS);
    double sum = 0;
    for (TensorRole role : student.roles()) {
      NDArray shared = null;
      for (int level = 0; level < inputs.size(); level++) {
        NDArray map = student.get(role).get(level);
        if (map.hasGradient()) {
          NDArray gradient = rows(map.getGradient());
          NDArray here = gradient.transpose().matMul(rows(inputs.get(level)));
          shared = shared == null ? here : shared.add(here);
        }
      }
      sum += shared == null ? 0 : shared.square().sum().getFloat();
    }
    return Math.sqrt(sum);
  }

  private static NDArray rows(NDArray map) {
    return map.transpose(0, 2, 3, 1).reshape(-1, map.getShape().get(1));
  }

  private static GroundTruth truth(int tiles) {
    float[] one = {30, 36, 70, 78, 80, 40, 112, 90};
    float[] boxes = new float[8 * tiles];
    int[] labels = new int[2 * tiles];
    for (int t = 0; t < tiles; t++) {
      for (int i = 0; i < 8; i++) {
        boxes[8 * t + i] = one[i] + (i % 2 == 0 ? t * SIDE : 0);
      }
      labels[2 * t + 1] = 1;
    }
    return new GroundTruth(boxes, labels, new GroundTruth.Extent(SIDE, SIDE * tiles));
  }

  private static PriorGrid priors(Sizes sizes) {
    int[] strides = sizes.copies() == 1 ? new int[] {8, 16} : new int[] {8, 8, 16, 16};
    return new PriorGrid(PriorGrid.levels(SIDE, SIDE * sizes.tiles(), strides), 0, 4);
  }

  private static Assigner assigner(PriorGrid priors) {
    return Assigner.atss(priors, AtssAssigner.DEFAULT);
  }

  /** Unused classes are as unlikely to both networks. */
  private List<NDArray> cls(Sizes sizes, long seed) {
    return maps(sizes, seed, 3).stream()
        .map(map -> padded(map.sub(3f), 1, sizes.unused(), -9))
        .toList();
  }

  /** Bins that nothing ever takes, for each edge. */
  private List<NDArray> dist(Sizes sizes, long seed) {
    List<NDArray> padded = new ArrayList<>();
    for (NDArray map : maps(sizes, seed, 4 * 8)) {
      NDList edges = new NDList();
      for (int edge = 0; edge < 4; edge++) {
        edges.add(padded(map.get(":, " + 8 * edge + ":" + 8 * (edge + 1)), 1, sizes.spare(), -300));
      }
      padded.add(NDArrays.concat(edges, 1));
    }
    return padded;
  }

  private static NDArray padded(NDArray map, int axis, int more, double value) {
    if (more == 0) {
      return map;
    }
    long[] shape = map.getShape().getShape().clone();
    shape[axis] = more;
    return NDArrays.concat(
        new NDList(map, map.getManager().full(new Shape(shape), (float) value)), axis);
  }

  /** Random maps of the one picture, repeated. */
  private List<NDArray> maps(Sizes sizes, long seed, int channels) {
    List<NDArray> maps = new ArrayList<>();
    for (int stride : new int[] {8, 16}) {
      int side = SIDE / stride;
      NDArray one = tensors.random(seed + stride, 1, 1, channels, side, side);
      NDArray tiled = NDArrays.concat(copies(one, sizes.tiles()), 3);
      NDArray batch = NDArrays.concat(copies(tiled, sizes.images()), 0);
      for (int copy = 0; copy < sizes.copies(); copy++) {
        maps.add(batch.duplicate());
      }
    }
    return maps;
  }

  private static NDList copies(NDArray map, int count) {
    NDArray[] copies = new NDArray[count];
    Arrays.fill(copies, map);
    return new NDList(copies);
  }
}
