package dev.lectern.trainer.family.gfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
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
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.LossSchedule;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.Pairing;
import dev.lectern.trainer.distil.Term;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.Tensors;
import dev.lectern.trainer.objective.Losses;
import dev.lectern.trainer.testing.StudentMaps;
import dev.lectern.trainer.testing.TeacherMaps;
import dev.lectern.trainer.view.TeacherOutputs;
import dev.lectern.trainer.view.TeacherRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class GflObjectiveTest {
  private static final int CLASSES = 3;
  private static final int BINS = 8;
  @RegisterExtension private final Tensors tensors = new Tensors();
  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final PriorGrid priors = new PriorGrid(PriorGrid.levels(48, 64, 8, 16), 0, 3);
  private final List<GroundTruth> twoObjects =
      List.of(
          new GroundTruth(new float[] {4, 6, 30, 34}, new int[] {1}),
          new GroundTruth(new float[] {20, 10, 60, 44}, new int[] {0}));

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void everyTermIsFiniteAndReachesEveryMap() {
    Outputs<NDArray> student = student(1, BINS);
    Losses losses =
        objective(everything(), BINS)
            .losses(student, List.of(dense(BINS)), targets(twoObjects), TrainingProgress.START);
    assertThat(losses.byName().keySet())
        .containsExactly(
            "loss_cls",
            "loss_bbox",
            "loss_dfl",
            "loss_ld",
            "loss_ld_vlr",
            "loss_kd",
            "loss_kd_vlr",
            "loss_tbr",
            "loss_cwd",
            "loss_cwd_logits",
            "loss_im");
    losses.toFloats().forEach((name, value) -> assertThat(value).as(name).isPositive());
    double sum = losses.toFloats().values().stream().mapToDouble(f -> f).sum();
    assertThat((double) losses.total().getFloat()).isCloseTo(sum, within(1e-3));
    Tensors.backward(losses.total());
    for (List<NDArray> maps :
        List.of(
            student.get(TensorRole.CLASS_LOGITS),
            student.get(TensorRole.BOX_DISTRIBUTION),
            student.get(TensorRole.FEATURES))) {
      for (NDArray map : maps) {
        float[] gradient = map.getGradient().toFloatArray();
        for (float g : gradient) {
          assertThat(g).isFinite();
        }
      }
    }
  }

  @Test
  void addendsAddUpToTheWhole() {
    Losses losses =
        objective(everything(), BINS)
            .losses(
                student(1, BINS),
                List.of(dense(BINS)),
                targets(twoObjects),
                TrainingProgress.START);
    losses
        .byName()
        .forEach(
            (name, value) ->
                assertThat(
                        losses.addends(name).stream()
                            .mapToDouble(addends -> addends.sum().getFloat())
                            .sum())
                    .as(name)
                    .isCloseTo(value.getFloat(), within(1e-4 * (1 + value.getFloat()))));
  }

  @Test
  void theStudentsOwnLossesCanBeWeightedDownToNothing() {
    Outputs<NDArray> student = student(1, BINS);
    Map<String, Float> whole = weighted(student, 1).toFloats();
    Map<String, Float> half = weighted(student, 0.5).toFloats();
    Losses none = weighted(student, 0);
    float terms = 0;
    for (Map.Entry<String, Float> loss : none.toFloats().entrySet()) {
      boolean own = loss.getValue() == 0 && whole.get(loss.getKey()) != 0;
      float share = own ? 0.5f : 1;
      assertThat(half.get(loss.getKey()))
          .as(loss.getKey())
          .isCloseTo(share * whole.get(loss.getKey()), within(1e-4f));
      terms += loss.getValue();
    }
    assertThat(none.toFloats()).containsEntry("loss_cls", 0f);
    assertThat(none.total().getFloat()).isPositive().isCloseTo(terms, within(1e-3f));
  }

  @Test
  void aViewThatNobodyAnnotatedTeachesWhereTheTeacherFindsObjects() {
    // Given
    GroundTruth first = twoObjects.get(0);
    List<GroundTruth> found =
        List.of(
            first,
            GroundTruth.found(first.boxes(), first.labels(), GroundTruth.Extent.WHOLE, false));
    Outputs<NDArray> student = student(1, BINS);

    // When
    Losses losses =
        objective(published(), BINS)
            .losses(student, List.of(dense(BINS)), targets(found), TrainingProgress.START);
    Losses without =
        objective(published(), BINS)
            .losses(
                student(1, BINS),
                List.of(dense(BINS)),
                targets(List.of(first, GroundTruth.UNLABELLED)),
                TrainingProgress.START);

    // Then: the own losses are those of the first view, the teacher's are of both
    for (String own : List.of("loss_cls", "loss_bbox", "loss_dfl")) {
      assertThat(losses.toFloats().get(own)).isEqualTo(without.toFloats().get(own));
    }
    assertThat(losses.toFloats().get("loss_ld")).isNotEqualTo(without.toFloats().get("loss_ld"));
    assertThat(losses.toFloats().get("loss_ld_vlr"))
        .isNotEqualTo(without.toFloats().get("loss_ld_vlr"));
    Tensors.backward(losses.total());
    assertThat(gradientOf(student, TensorRole.BOX_DISTRIBUTION, 1)).isPositive();
  }

  @Test
  void bckdLeavesOutViewsThatNobodyAnnotated() {
    // Given
    GroundTruth first = twoObjects.get(0);
    GroundTruth found =
        GroundTruth.found(first.boxes(), first.labels(), GroundTruth.Extent.WHOLE, false);
    Objective objective =
        new Objective(
            new GflObjective(GflSettings.PUBLISHED, BINS, assembler()),
            List.of(WeightedTerm.of("loss_bckd", 1, term("bckd"))),
            0);
    Outputs<NDArray> student = student(1, BINS);

    // When
    Losses losses =
        objective.losses(
            student, List.of(dense(BINS)), targets(List.of(first, found)), TrainingProgress.START);
    Losses ofNone =
        objective.losses(
            student(1, BINS),
            List.of(dense(BINS)),
            targets(List.of(found, found)),
            TrainingProgress.START);

    // Then
    Tensors.backward(losses.total());
    assertThat(gradientOf(student, TensorRole.CLASS_LOGITS, 0)).isPositive();
    assertThat(gradientOf(student, TensorRole.CLASS_LOGITS, 1)).isZero();
    assertThat(ofNone.toFloats()).containsEntry("loss_bckd", 0f);
  }

  @Test
  void aWeightScalesWhatAViewTeachesAndNoLoss() {
    // Given
    List<WeightedTerm> terms = published();
    Outputs<NDArray> plain = student(1, BINS);
    Outputs<NDArray> weighed = student(1, BINS);
    Objective distilling =
        new Objective(new GflObjective(GflSettings.PUBLISHED, BINS, assembler()), terms, 0);

    // When
    Losses all =
        distilling.losses(plain, List.of(dense(BINS)), targets(twoObjects), TrainingProgress.START);
    Losses some =
        distilling.losses(
            weighed,
            List.of(dense(BINS)),
            targets(twoObjects),
            new float[] {0.5f, 0},
            TrainingProgress.START);
    Tensors.backward(all.total());
    Tensors.backward(some.total());

    // Then
    assertThat(some.toFloats()).isEqualTo(all.toFloats());
    TensorRole boxes = TensorRole.BOX_DISTRIBUTION;
    assertThat(gradientOf(weighed, boxes, 0))
        .isPositive()
        .isCloseTo(0.5f * gradientOf(plain, boxes, 0), within(1e-5f));
    assertThat(gradientOf(weighed, boxes, 1)).isZero();
    assertThat(gradientOf(plain, boxes, 1)).isPositive();
  }

  /** Sum of the absolute gradients of an image, on the finest level. */
  private static float gradientOf(Outputs<NDArray> student, TensorRole role, int image) {
    return student.get(role, 0).getGradient().get(image).abs().sum().getFloat();
  }

  private Losses weighted(Outputs<NDArray> student, double ownWeight) {
    return new Objective(
            new GflObjective(GflSettings.PUBLISHED, BINS, assembler()), published(), ownWeight)
        .losses(student, List.of(dense(BINS)), targets(twoObjects), TrainingProgress.START);
  }

  @Test
  void batchWithoutObjectsTrainsBackgroundOnly() {
    Outputs<NDArray> student = student(1, BINS);
    DenseTargets nothing = targets(List.of(GroundTruth.NONE, GroundTruth.NONE));
    Losses losses =
        objective(published(), BINS)
            .losses(student, List.of(dense(BINS)), nothing, TrainingProgress.START);
    losses
        .toFloats()
        .forEach(
            (name, value) -> {
              if (name.equals("loss_cls")) {
                assertThat(value).isPositive();
              } else {
                assertThat(value).as(name).isZero();
              }
            });
    Tensors.backward(losses.total());
    assertThat(student.get(TensorRole.BOX_DISTRIBUTION).get(0).getGradient().toFloatArray())
        .containsOnly(0f);
  }

  @Test
  void hugeLogitsStayFinite() {
    Outputs<NDArray> student = student(50, BINS);
    Losses losses =
        objective(everything(), BINS)
            .losses(student, List.of(dense(BINS)), targets(twoObjects), TrainingProgress.START);
    losses.toFloats().forEach((name, value) -> assertThat(value).as(name).isFinite());
    Tensors.backward(losses.total());
    for (float g : student.get(TensorRole.BOX_DISTRIBUTION).get(0).getGradient().toFloatArray()) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void teacherEqualToTheStudentTeachesNothing() {
    Outputs<NDArray> student = student(1, BINS);
    TeacherOutputs itself =
        TeacherMaps.dense(
            priors,
            student.get(TensorRole.CLASS_LOGITS),
            student.get(TensorRole.BOX_DISTRIBUTION),
            student.get(TensorRole.FEATURES),
            same());
    Losses losses =
        objective(everything(), BINS)
            .losses(student, List.of(itself), targets(twoObjects), TrainingProgress.START);
    for (String name : List.of("loss_ld", "loss_ld_vlr", "loss_kd", "loss_cwd", "loss_im")) {
      assertThat(losses.byName().get(name).getFloat()).as(name).isCloseTo(0, within(1e-5f));
    }
  }

  @Test
  void rowsOfTheRegionsAreEnoughForLogitTerms() {
    // Given the rows that the terms need, in another order than the batch's
    DenseTargets targets = targets(twoObjects);
    TeacherOutputs dense = dense(BINS);
    int[] needed =
        IntStream.concat(
                Arrays.stream(targets.region(RegionPart.VALUABLE).rows()),
                Arrays.stream(targets.positives().rows()))
            .distinct()
            .toArray();
    int[] index = new int[targets.rows().count()];
    Arrays.fill(index, -1);
    IntStream.range(0, needed.length).forEach(i -> index[needed[i]] = i);
    TeacherOutputs sparse =
        TeacherMaps.sparse(
            priors,
            Rows.take(dense.cls().values(), needed),
            Rows.take(dense.boxes().values(), needed),
            index,
            List.of(),
            same());
    // When
    Objective objective = objective(published(), BINS);
    Losses fromSparse =
        objective.losses(student(1, BINS), List.of(sparse), targets, TrainingProgress.START);
    Losses fromDense =
        objective.losses(student(1, BINS), List.of(dense), targets, TrainingProgress.START);
    // Then
    assertThat(fromSparse.toFloats()).isEqualTo(fromDense.toFloats());
  }

  @Test
  void insideOfTheTeachersBoxesRowsWithoutClassScoresAreLeftOut() {
    // Given a recording with the class scores of every second position alone
    List<GroundTruth> seen = twoObjects.stream().map(image -> image.beside(image.boxes())).toList();
    DenseTargets targets = targets(seen);
    TeacherOutputs dense = dense(BINS);
    int[] index = new int[targets.rows().count()];
    Arrays.setAll(index, row -> row % 2 == 0 ? row : -1);
    TeacherRows someScores = new TeacherRows(dense.cls().values(), index);
    TeacherRows someBoxes = new TeacherRows(dense.boxes().values(), index);
    Objective objective =
        objective(
            List.of(WeightedTerm.of("loss_ld", 1, term("{name: ld, region: teacher_boxes}"))),
            BINS);

    // Then their boxes teach what they would if they were all that is recorded
    float expected = ld(objective, dense.ofBoxes(dense.cls(), someBoxes, dense.reading()), targets);
    assertThat(ld(objective, dense.ofBoxes(someScores, dense.boxes(), dense.reading()), targets))
        .isPositive()
        .isEqualTo(expected);
  }

  private float ld(Objective objective, TeacherOutputs teacher, DenseTargets targets) {
    return objective
        .losses(student(1, BINS), List.of(teacher), targets, TrainingProgress.START)
        .toFloats()
        .get("loss_ld");
  }

  @Test
  void rowThatTheRecordingLacksIsNamed() {
    DenseTargets targets = targets(twoObjects);
    int[] index = new int[targets.rows().count()];
    Arrays.fill(index, -1);
    TeacherOutputs empty =
        TeacherMaps.sparse(
            priors,
            tensors.random(1, 1, 1, CLASSES),
            tensors.random(1, 1, 1, 4 * BINS),
            index,
            List.of(),
            same());
    Objective objective = objective(published(), BINS);
    Outputs<NDArray> student = student(1, BINS);
    assertThatThrownBy(
            () -> objective.losses(student, List.of(empty), targets, TrainingProgress.START))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "lacks the teacher's outputs of batch row " + targets.positives().rows()[0]);
  }

  @Test
  void distributionsOnAnotherSupportAreRebinned() {
    // Given a teacher with 17 bins half a cell away
    Objective objective = objective(published(), BINS);
    Outputs<NDArray> student = student(1, BINS);
    // When
    Losses losses =
        objective.losses(
            student,
            List.of(dense(17, DistributionRebinning.between(17, 0.5, BINS, 0))),
            targets(twoObjects),
            TrainingProgress.START);
    Tensors.backward(losses.byName().get("loss_ld"));
    // Then
    assertThat(losses.toFloats().get("loss_ld")).isPositive().isFinite();
    for (float g : student.get(TensorRole.BOX_DISTRIBUTION).get(0).getGradient().toFloatArray()) {
      assertThat(g).isFinite();
    }
  }

  @Test
  void studentThatMatchesTheRebinnedTeacherHasNoLoss() {
    // Given a teacher sure of bin 2 on every edge, and a student half a cell further right and down
    // that is sure of the bins on either side: left and top 2.5, right and bottom 1.5. Bins that
    // the
    // teacher rules out count as a millionth.
    Objective objective = objective(published(), BINS);
    List<NDArray> teacherDist = peaks(new int[][] {{2}, {2}, {2}, {2}}, -2000);
    float millionth = (float) Math.log(1e-6 / 0.5);
    List<NDArray> studentDist = peaks(new int[][] {{2, 3}, {2, 3}, {1, 2}, {1, 2}}, millionth);
    Outputs<NDArray> student = StudentMaps.of(maps(1, 1, CLASSES), studentDist, List.of());
    TeacherOutputs teacher =
        TeacherMaps.dense(
            priors,
            maps(2, 1, CLASSES),
            teacherDist,
            List.of(),
            DistributionRebinning.between(BINS, 0, BINS, 0.5));
    // When
    Losses losses =
        objective.losses(student, List.of(teacher), targets(twoObjects), TrainingProgress.START);
    // Then
    assertThat(losses.toFloats().get("loss_ld")).isCloseTo(0, within(1e-4f));
  }

  @Test
  void termsThatAreOffAreAbsent() {
    Losses losses =
        objective(List.of(), BINS)
            .losses(student(1, BINS), List.of(), targets(twoObjects), TrainingProgress.START);
    assertThat(losses.byName().keySet()).containsExactly("loss_cls", "loss_bbox", "loss_dfl");
  }

  @Test
  void studentWithOtherBinsIsRefused() {
    Objective objective = objective(List.of(), BINS);
    Outputs<NDArray> student = student(1, 9);
    DenseTargets targets = targets(twoObjects);
    assertThatThrownBy(() -> objective.losses(student, List.of(), targets, TrainingProgress.START))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("box rows (120, 36), expected (120, K) and (120, 32)");
  }

  @Test
  void teacherWithOtherBinsThanSaidIsRefused() {
    Objective objective = objective(published(), BINS);
    Outputs<NDArray> student = student(1, BINS);
    TeacherOutputs other = dense(16);
    DenseTargets targets = targets(twoObjects);
    assertThatThrownBy(
            () -> objective.losses(student, List.of(other), targets, TrainingProgress.START))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the teacher's distributions are (120, 64), expected 4 x 8 logits per position");
  }

  @Test
  void aTeacherWithWorseBoxesBoundsNothing() {
    Objective objective = objective(everything(), BINS);
    List<NDArray> cls = maps(21, 1, CLASSES);
    List<NDArray> features = maps(23, 1, 6);
    TeacherOutputs same = TeacherMaps.dense(priors, cls, maps(12, 1, 4 * BINS), features, same());
    int[] far = {BINS - 1};
    TeacherOutputs worse =
        TeacherMaps.dense(
            priors, cls, peaks(new int[][] {far, far, far, far}, -2000), features, same());

    assertThat(tbr(objective, same)).isPositive();
    assertThat(tbr(objective, worse)).isZero();
  }

  private float tbr(Objective objective, TeacherOutputs teacher) {
    return objective
        .losses(student(1, BINS), List.of(teacher), targets(twoObjects), TrainingProgress.START)
        .toFloats()
        .get("loss_tbr");
  }

  @Test
  void aTermThatIsOutOfItsScheduleIsNotComputed() {
    // Given a term that fails when it is computed, left out from epoch 1 on
    Term failing =
        step -> {
          throw new IllegalStateException("computed");
        };
    LossSchedule early = new LossSchedule(0, 0, LossSchedule.Decay.NONE, 0, 1.0);
    Objective objective =
        objective(List.of(new WeightedTerm("loss_early", 0, 1, early, null, failing)), BINS);
    Outputs<NDArray> student = student(1, BINS);
    DenseTargets targets = targets(twoObjects);
    List<TeacherOutputs> teacher = List.of(dense(BINS));

    // Then
    assertThatThrownBy(() -> objective.losses(student, teacher, targets, TrainingProgress.START))
        .hasMessage("computed");
    assertThat(
            objective.losses(student, teacher, targets, new TrainingProgress(10, 1, 2)).toFloats())
        .containsEntry("loss_early", 0f);
  }

  @Test
  void eachTeacherIsHeardWithItsWeight() {
    // Given the same term on two teachers, the second with three times the weight
    TeacherOutputs second =
        TeacherMaps.dense(
            priors, maps(31, 1, CLASSES), maps(32, 1, 4 * BINS), maps(33, 1, 6), same());
    Term kd = term("kd");
    List<WeightedTerm> both =
        List.of(
            new WeightedTerm("loss_kd@a", 0, 1, LossSchedule.CONSTANT, null, kd),
            new WeightedTerm("loss_kd@b", 1, 3, LossSchedule.CONSTANT, null, kd));

    // When
    Losses losses =
        objective(both, BINS)
            .losses(
                student(1, BINS),
                List.of(dense(BINS), second),
                targets(twoObjects),
                TrainingProgress.START);

    // Then
    float alone =
        objective(List.of(WeightedTerm.of("loss_kd", 1, kd)), BINS)
            .losses(student(1, BINS), List.of(second), targets(twoObjects), TrainingProgress.START)
            .toFloats()
            .get("loss_kd");
    assertThat(losses.toFloats().get("loss_kd@b")).isCloseTo(3 * alone, within(1e-4f));
    assertThat(losses.toFloats().get("loss_kd@a")).isNotEqualTo(alone);
  }

  @Test
  void missingFeaturesAreNamed() {
    Objective objective = objective(everything(), BINS);
    Outputs<NDArray> student = student(1, BINS);
    TeacherOutputs logitsOnly =
        TeacherMaps.dense(priors, maps(2, 1, CLASSES), maps(3, 1, 4 * BINS), List.of(), same());
    DenseTargets targets = targets(twoObjects);
    assertThatThrownBy(
            () -> objective.losses(student, List.of(logitsOnly), targets, TrainingProgress.START))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a loss needs maps of features on 2 levels: the student gives 2, the recording 0");
  }

  private List<WeightedTerm> published() {
    return List.of(
        WeightedTerm.of("loss_ld", 0.25, term("ld")),
        WeightedTerm.of("loss_ld_vlr", 0.25, term("{name: ld, region: vlr}")),
        WeightedTerm.of("loss_kd", 10, term("kd")));
  }

  private List<WeightedTerm> everything() {
    List<WeightedTerm> all = new ArrayList<>(published());
    all.add(WeightedTerm.of("loss_kd_vlr", 10, term("{name: kd, region: vlr, variant: paper}")));
    all.add(WeightedTerm.of("loss_tbr", 1, term("tbr")));
    all.add(WeightedTerm.of("loss_cwd", 5, term("cwd")));
    all.add(WeightedTerm.of("loss_cwd_logits", 3, term("cwd_logits")));
    all.add(
        WeightedTerm.of(
            "loss_im", 2, term("{name: imitation, region: fine_grained, variant: paper}")));
    return all;
  }

  private Term term(String settings) {
    Pairing pairing =
        new Pairing(
            priors,
            new GroundTruth.Extent(48, 64),
            Assigner.atss(priors, AtssAssigner.DEFAULT),
            CLASSES,
            List.of(6, 6),
            List.of(6, 6),
            0,
            0);
    return Methods.of(settings)
        .term(pairing, new Layers(pairing, new ParameterBuilder(manager, 0, List.of()), ""));
  }

  private static DistributionRebinning same() {
    return DistributionRebinning.between(BINS, 0, BINS, 0);
  }

  private Objective objective(List<WeightedTerm> terms, int bins) {
    return new Objective(new GflObjective(GflSettings.PUBLISHED, bins, assembler()), terms);
  }

  private DenseTargets targets(List<GroundTruth> images) {
    return assembler().assemble(images);
  }

  private DenseTargetAssembler assembler() {
    return new DenseTargetAssembler(
        priors,
        Assigner.atss(priors, AtssAssigner.DEFAULT),
        List.of(
            RegionPart.VALUABLE,
            new RegionPart(RegionPart.Kind.FINE_GRAINED, 0),
            new RegionPart(RegionPart.Kind.TEACHER_BOXES, 0)));
  }

  private Outputs<NDArray> student(double deviation, int bins) {
    Outputs<NDArray> student =
        StudentMaps.of(
            maps(11, deviation, CLASSES), maps(12, deviation, 4 * bins), maps(13, deviation, 6));
    for (List<NDArray> maps :
        List.of(
            student.get(TensorRole.CLASS_LOGITS),
            student.get(TensorRole.BOX_DISTRIBUTION),
            student.get(TensorRole.FEATURES))) {
      maps.forEach(map -> map.setRequiresGradient(true));
    }
    return student;
  }

  private TeacherOutputs dense(int bins) {
    return dense(bins, same());
  }

  private TeacherOutputs dense(int bins, DistributionRebinning rebinning) {
    return TeacherMaps.dense(
        priors, maps(21, 1, CLASSES), maps(22, 1, 4 * bins), maps(23, 1, 6), rebinning);
  }

  private List<NDArray> maps(long seed, double deviation, int channels) {
    return List.of(
        tensors.random(seed, deviation, 2, channels, 6, 8),
        tensors.random(seed + 100, deviation, 2, channels, 3, 4));
  }

  /** Maps whose edges carry all mass, in equal parts, on the given bins. */
  private List<NDArray> peaks(int[][] binsOfEdge, float elsewhere) {
    return priors.levels().stream()
        .map(
            level -> {
              int cells = level.cells();
              float[] values = new float[2 * 4 * BINS * cells];
              Arrays.fill(values, elsewhere);
              for (int image = 0; image < 2; image++) {
                for (int edge = 0; edge < 4; edge++) {
                  for (int bin : binsOfEdge[edge]) {
                    int from = ((image * 4 + edge) * BINS + bin) * cells;
                    Arrays.fill(values, from, from + cells, 0);
                  }
                }
              }
              return tensors.of(new Shape(2, 4 * BINS, level.height(), level.width()), values);
            })
        .toList();
  }
}
