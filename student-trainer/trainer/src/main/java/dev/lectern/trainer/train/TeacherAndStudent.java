package dev.lectern.trainer.train;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.Conversion;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.ClassCells;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.distil.Needs.Positions;
import dev.lectern.trainer.distil.Region;
import dev.lectern.trainer.replay.ClassMapping;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.ResampledCells;
import dev.lectern.trainer.view.TeacherInstances;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A student opposite the teacher of a recording: what of one can be compared with the other.
 *
 * @param student what it is
 * @param channels of the student's features on each level; 0 on one without; empty if it offers
 *     none
 * @param priors the student's
 * @param regions the rule by which a recording holds a region of the student; empty if none does
 * @param classes from the teacher's to the student's
 * @param asRecorded the teacher on its own canvas, which is larger where the student sees smaller
 *     views
 * @param byPosition whether levels pair by position there, and cells by their centres
 */
record TeacherAndStudent(
    DetectorSpec student,
    List<Integer> channels,
    PriorGrid priors,
    Function<RegionPart, Optional<RegionPriors>> regions,
    RecordingManifest recording,
    ClassMapping classes,
    TeacherDescriptor asRecorded,
    boolean byPosition) {

  /**
   * The student of a run and a teacher.
   *
   * @param channels of the student's features on each level
   * @param dataset with the student's classes
   */
  static TeacherAndStudent of(
      TrainConfig run,
      List<Integer> channels,
      RecordingManifest asRecorded,
      DatasetManifest asPublished) {
    DetectorSpec student = run.student();
    RecordingManifest recording = run.canvas().of(asRecorded);
    DatasetManifest dataset = run.canvas().of(asPublished);
    return new TeacherAndStudent(
        student,
        channels,
        Families.of(student)
            .priors(
                student,
                Families.of(student).levels(student, dataset.getHeight(), dataset.getWidth())),
        run::regions,
        recording,
        ClassMapping.between(
            recording.getDescriptor().getClassNames(), dataset.getClassNames(), run.classes()),
        asRecorded.getDescriptor(),
        run.canvas().pairsByPosition(asRecorded.getDescriptor()));
  }

  private TeacherDescriptor teacher() {
    return recording.getDescriptor();
  }

  /** For each level of the student the teacher's level of the same stride; -1 where it has none. */
  List<Integer> levels() {
    List<Integer> strides = TensorLayout.strides(teacher());
    return student.strides().stream().map(strides::indexOf).toList();
  }

  /** The student's levels that the teacher has too. */
  List<Integer> levelsInCommon() {
    List<Integer> theirs = levels();
    return IntStream.range(0, theirs.size())
        .filter(level -> theirs.get(level) >= 0)
        .boxed()
        .toList();
  }

  /**
   * Losses on features of every level, where others take the teacher's instances to every level of
   * the student and the teacher lacks features of some.
   */
  List<Method> featuresBesideInstances(List<Method> losses) {
    boolean readsInstances =
        losses.stream().anyMatch(loss -> loss.needs().kinds(true).contains(TensorKind.INSTANCES));
    if (!givesInstances() || !readsInstances || !levels().contains(-1)) {
      return List.of();
    }
    return losses.stream()
        .filter(loss -> loss.needs().kinds(true).equals(Set.of(TensorKind.FPN_FEATURES)))
        .filter(loss -> !loss.needs().tokens() && loss.levels().chosen().isEmpty())
        .toList();
  }

  /** Anchors per cell of the teacher. */
  int teacherAnchors() {
    return TensorLayout.anchorsPerCell(teacher());
  }

  /** Channels of the teacher's features on the student's levels; 0 where it has none. */
  List<Integer> teacherChannels() {
    List<Integer> all = TensorLayout.featureChannels(teacher());
    return levels().stream().map(level -> level < 0 ? 0 : all.get(level)).toList();
  }

  /** Channels of the teacher's finest features, of any stride; 0 if it has none. */
  int tokenChannels() {
    return TensorLayout.find(teacher(), TensorRole.FEATURES, 0)
        .map(tensor -> tensor.getShape().get(0))
        .orElse(0);
  }

  /** How the teacher's box outputs become boxes on the student's levels. */
  BoxReading teacherBoxes() {
    PriorGrid theirs =
        (byPosition
                ? PriorGrid.of(grids(asRecorded), asRecorded.getPriors())
                : priors(asRecorded, teacher()))
            .onLevels(levels().stream().filter(level -> level >= 0).toList());
    BoxDecoder decoder = BoxDecoder.of(asRecorded.getBoxes());
    return byPosition
        ? new BoxReading(
            decoder,
            theirs,
            ResampledCells.of(priors.onLevels(levelsInCommon()), theirs, across(), down()))
        : new BoxReading(decoder, theirs);
  }

  /**
   * A teacher's priors as the student sees them.
   *
   * @param asRecorded whose anchors they are
   * @param seen with the strides that they have on the student's canvas
   */
  static PriorGrid priors(TeacherDescriptor asRecorded, TeacherDescriptor seen) {
    return PriorGrid.of(grids(asRecorded), asRecorded.getPriors()).on(grids(seen));
  }

  private static List<LevelGrid> grids(TeacherDescriptor teacher) {
    return TensorLayout.levels(teacher).stream()
        .map(level -> new LevelGrid(level.stride(), level.height(), level.width()))
        .toList();
  }

  private double across() {
    return (double) teacher().getInputWidth() / asRecorded.getInputWidth();
  }

  private double down() {
    return (double) teacher().getInputHeight() / asRecorded.getInputHeight();
  }

  /** From the teacher's box distributions to the student's. */
  DistributionRebinning rebinning() {
    return DistributionRebinning.between(
        TensorLayout.bins(asRecorded),
        teacher().getPriors().getGridOffset(),
        Families.bins(student),
        student.gridOffset());
  }

  /**
   * Why the student cannot learn by a method from the teacher, each with the property that is
   * missing.
   *
   * @return empty if it can
   */
  List<String> obstacles(Method loss) {
    Needs needs = needs(loss);
    List<String> obstacles = new ArrayList<>();
    for (String missing : RecordingCoverage.missing(loss, needs, regions, recording)) {
      obstacles.add(
          byPosition
              ? missing.replace(
                  "not recorded",
                  "not comparable at student.input-size "
                      + student.inputSize()
                      + ", where the teacher's cells are not the student's: expected a recording of every"
                      + " position")
              : missing);
    }
    loss.obstacle(student.classes()).ifPresent(obstacles::add);
    if (teacher().getTask() != Task.FEATURES
        && teacher().getTask() != Families.of(student).task()) {
      obstacles.add(
          "the teacher is for "
              + teacher().getTask()
              + " and the student for "
              + Families.of(student).task()
              + ", expected one task of both");
      return obstacles;
    }
    if (classifiesPixels() && (readsObjects(needs) || loss.needsSigmoids())) {
      obstacles.add(
          "the student gives classes of pixels, a softmax each (head.family "
              + Families.of(student).name()
              + "), expected a detector");
      return obstacles;
    }
    if (givesInstances()) {
      addInstances(loss, obstacles);
      if (needs.studentFeatures()) {
        addFeatures(loss, obstacles);
      }
      return obstacles;
    }
    if (givesCellsForBoxes(needs)) {
      if (byPosition) {
        obstacles.add(
            "the student has two stages, and at student.input-size "
                + student.inputSize()
                + " it has none of the teacher's strides: expected views of the teacher's"
                + " size");
        return obstacles;
      }
      switch (needs.instances()) {
        case NONE, PAIRED -> {
          obstacles.add(
              "the student's classes and boxes are of proposals (head.family "
                  + Families.of(student).name()
                  + ") and the teacher's of cells, expected proposals of both");
          return obstacles;
        }
        case ROWS -> {
          if (loss.region() != Region.MAIN) {
            obstacles.add(
                "region "
                    + loss.region().key()
                    + ": of the teacher's cells one stands for each object, expected main");
          }
        }
        case BOXES -> {}
      }
    }
    addLevels(loss, obstacles);
    boolean readsClasses = reads(needs, TensorKind.CLASS_SCORES);
    boolean readsBoxes = reads(needs, TensorKind.BOX_LOGITS);
    if (readsClasses) {
      addClasses(obstacles);
    }
    if ((readsClasses || readsBoxes) && !looksAtBoxes()) {
      addAnchors(obstacles);
    }
    if (readsBoxes) {
      addBoxes(obstacles);
    }
    if (needs.distributions() && readsBoxes) {
      addDistributions(obstacles);
    }
    if (needs.studentFeatures()) {
      addFeatures(loss, obstacles);
    }
    return obstacles;
  }

  /**
   * What a method must be given of this teacher: where boxes are compared, the class scores say
   * which of a cell's anchors stands for it; where the student looks at boxes, both say which cell
   * stands for an object.
   */
  Needs needs(Method loss) {
    Needs needs = loss.needs();
    if (givesCellsForBoxes(needs)) {
      return needs.withEveryCell();
    }
    return teacherAnchors() > priors.anchorsPerCell() ? needs.withClassScoresOfBoxes() : needs;
  }

  /** Whether the teacher gives instances in place of cells. */
  boolean givesInstances() {
    return TensorLayout.instances(teacher()) > 0;
  }

  /** Whether the student has two stages. */
  private boolean looksAtBoxes() {
    return !Families.of(student).instances(student).isEmpty();
  }

  /** Whether a method would compare a teacher's cells with a student's boxes. */
  private boolean givesCellsForBoxes(Needs needs) {
    return looksAtBoxes() && !givesInstances() && readsCells(needs);
  }

  /** Anchors per cell for which the teacher's rows are wanted: the student's, if it has cells. */
  int anchorsCompared() {
    return looksAtBoxes() ? teacherAnchors() : priors.anchorsPerCell();
  }

  private boolean classifiesPixels() {
    return Families.of(student).task() == Task.SEGMENTATION;
  }

  /** Objects, boxes or rows; the class that each cell shows is known without. */
  private static boolean readsObjects(Needs needs) {
    return needs.teacher().containsKey(TensorKind.BOX_LOGITS)
        || needs.teacher().containsKey(TensorKind.INSTANCES)
        || needs.teacher().getOrDefault(TensorKind.CLASS_SCORES, Positions.DENSE) != Positions.DENSE
        || needs.parts().stream().anyMatch(part -> !(part instanceof ClassCells));
  }

  private static boolean readsCells(Needs needs) {
    return needs.teacher().containsKey(TensorKind.CLASS_SCORES)
        || needs.teacher().containsKey(TensorKind.BOX_LOGITS);
  }

  private boolean has(TensorRole role) {
    return TensorLayout.find(teacher(), role).isPresent();
  }

  /** Whether both have a second stage, which can look at the same boxes. */
  private boolean arePaired() {
    return looksAtBoxes() && TeacherInstances.areOfTwoStages(this::has, teacher().getClasses());
  }

  private void addInstances(Method loss, List<String> obstacles) {
    Needs needs = loss.needs();
    boolean readsFeatures = needs.teacher().containsKey(TensorKind.FPN_FEATURES);
    boolean readsInstances = needs.kinds(true).contains(TensorKind.INSTANCES);
    boolean comparesBoxes = needs.instances() == Needs.Instances.BOXES;
    if (readsFeatures && !needs.tokens() && readsInstances && !comparesBoxes) {
      List<Integer> theirs = levels();
      List<Integer> lacking =
          IntStream.range(0, theirs.size())
              .filter(level -> theirs.get(level) < 0)
              .mapToObj(student.strides()::get)
              .toList();
      if (!lacking.isEmpty()) {
        obstacles.add(
            "the teacher has no features of stride "
                + lacking
                + ", it has those of "
                + TensorLayout.strides(teacher()));
      }
    } else if (readsFeatures) {
      addLevels(loss, obstacles);
    }
    if (!readsInstances) {
      return;
    }
    if (has(TensorRole.INSTANCE_LOGITS)) {
      classes.lacking().ifPresent(obstacles::add);
    }
    switch (needs.instances()) {
      case NONE ->
          obstacles.add("the teacher gives instances, expected class logits or boxes of cells");
      case PAIRED -> {
        if (!arePaired()) {
          obstacles.add(
              "expected two stages of both networks, proposals with class logits (softmax and"
                  + " background) and deltas of the teacher");
        }
      }
      case ROWS -> addRows(loss, needs, obstacles);
      case BOXES -> {}
    }
  }

  private void addRows(Method loss, Needs needs, List<String> obstacles) {
    boolean everyRow = arePaired() && loss.region() == Region.RECORDED;
    if (loss.region() != Region.MAIN && !everyRow) {
      obstacles.add(
          "region "
              + loss.region().key()
              + ": the teacher's instances stand for objects, expected main");
    }
    if (needs.teacher().containsKey(TensorKind.CLASS_SCORES) && !has(TensorRole.INSTANCE_LOGITS)) {
      obstacles.add("the teacher gives detections, which have no class logits");
    }
    if (needs.distributions()) {
      if (Families.bins(student) == 0) {
        obstacles.add(
            "the student's boxes are "
                + Families.of(student).coding(student).boxes().getForm()
                + " (head.family "
                + Families.of(student).name()
                + "), expected distributions");
      }
      if (!has(TensorRole.INSTANCE_DISTRIBUTION)) {
        obstacles.add("the teacher's instances have no box distributions");
      }
    }
  }

  private boolean reads(Needs needs, TensorKind kind) {
    return needs.teacher().containsKey(kind)
        && RecordingCoverage.encoding(recording, kind).isPresent();
  }

  private void addLevels(Method loss, List<String> obstacles) {
    List<Integer> chosen = loss.levels().chosen();
    int count = student.strides().size();
    if (chosen.stream().anyMatch(level -> level >= count)) {
      obstacles.add("levels: found " + chosen + ", the student has " + count + " levels");
    } else if (!loss.needs().tokens()) {
      List<Integer> theirs = levels();
      List<Integer> named = chosen.isEmpty() ? IntStream.range(0, count).boxed().toList() : chosen;
      List<Integer> lacking =
          named.stream()
              .filter(level -> theirs.get(level) < 0)
              .map(student.strides()::get)
              .toList();
      if (lacking.size() == named.size() || !chosen.isEmpty() && !lacking.isEmpty()) {
        obstacles.add(
            "the teacher has no level of stride "
                + lacking
                + ", it has "
                + TensorLayout.strides(teacher()));
      }
    }
  }

  /** The levels that a method compares. */
  private List<Integer> levelsOf(Method loss) {
    List<Integer> chosen = loss.levels().chosen();
    List<Integer> theirs = levels();
    return IntStream.range(0, student.strides().size())
        .filter(level -> chosen.isEmpty() || chosen.contains(level))
        .filter(level -> loss.needs().tokens() || theirs.get(level) >= 0)
        .boxed()
        .toList();
  }

  private void addClasses(List<String> obstacles) {
    ClassActivation activation = teacher().getClasses().getActivation();
    Background background = teacher().getClasses().getBackground();
    ClassActivation ours =
        looksAtBoxes() ? ClassActivation.SIGMOID : Families.of(student).classes().getActivation();
    if (activation != ours || background != Background.NONE) {
      obstacles.add(
          "the teacher's classes are "
              + activation
              + " with background "
              + background
              + ", expected a "
              + (ours == ClassActivation.SIGMOID
                  ? "sigmoid for each class"
                  : "softmax over classes")
              + " and no background");
    }
    if (teacher().getQuality() == BoxQuality.OBJECTNESS) {
      obstacles.add(
          "the teacher's scores are class scores times OBJECTNESS, expected class logits that are"
              + " scores by themselves");
    }
    classes.lacking().ifPresent(obstacles::add);
  }

  private void addAnchors(List<String> obstacles) {
    int theirs = teacherAnchors();
    int ours = priors.anchorsPerCell();
    if (theirs == ours || theirs == 1 || ours == 1) {
      return;
    }
    obstacles.add(
        "the teacher has "
            + theirs
            + " anchors per cell and the student "
            + ours
            + ", expected as many, or one of either");
  }

  private void addBoxes(List<String> obstacles) {
    if (asRecorded.getBoxes() == null) {
      obstacles.add("the teacher gives no boxes per cell");
      return;
    }
    try {
      BoxDecoder.of(asRecorded.getBoxes());
    } catch (IllegalArgumentException e) {
      obstacles.add("of the teacher's " + e.getMessage());
    }
  }

  private void addDistributions(List<String> obstacles) {
    if (Families.bins(student) == 0) {
      obstacles.add(
          "the student's boxes are "
              + Families.of(student).coding(student).boxes().getForm()
              + " (head.family "
              + Families.of(student).name()
              + "), expected distributions");
    }
    if (TensorLayout.bins(asRecorded) == 0) {
      obstacles.add(
          "the teacher's boxes are "
              + (asRecorded.getBoxes() == null ? "absent" : asRecorded.getBoxes().getForm())
              + ", expected distributions");
    }
    if (asRecorded.getBoxes() != null && !asRecorded.getBoxes().getBinValues().isEmpty()) {
      obstacles.add(
          "the teacher's bins stand for distances of their own, expected those of 0, 1, 2, ...");
    }
    if (Families.bins(student) > 0 && TensorLayout.bins(asRecorded) > 0) {
      try {
        rebinning();
      } catch (IllegalArgumentException e) {
        obstacles.add(e.getMessage());
      }
    }
  }

  private void addFeatures(Method loss, List<String> obstacles) {
    boolean isRecorded = reads(loss.needs(), TensorKind.FPN_FEATURES);
    List<Integer> levels = levelsOf(loss);
    List<Integer> theirs = teacherChannels();
    if (loss.needs().tokens()) {
      if (isRecorded && tokenChannels() == 0) {
        obstacles.add("the teacher has no features fpn.0");
      }
    } else if (isRecorded && levels.stream().anyMatch(l -> theirs.get(l) == 0)) {
      obstacles.add("the teacher's features have " + theirs + " channels on the student's levels");
    }
    if (channels.isEmpty() || levels.stream().anyMatch(l -> channels.get(l) == 0)) {
      obstacles.add(
          "the student's network offers "
              + (channels.isEmpty() ? "no features" : "features of " + channels + " channels"));
    } else if (loss.needsEqualChannels()
        && levels.stream().anyMatch(l -> !channels.get(l).equals(theirs.get(l)))) {
      obstacles.add(
          "adapter: found none, but the student's features have "
              + channels
              + " channels and the teacher's "
              + theirs);
    }
  }

  private void addStrides(Method loss, List<String> conversions) {
    if (!loss.needs().tokens() && levels().contains(-1) && loss.levels().chosen().isEmpty()) {
      conversions.add(
          "only on the strides in common: "
              + levelsOf(loss).stream().map(student.strides()::get).toList());
    }
  }

  /** Whether the teacher's export holds probabilities in place of class logits. */
  private boolean recoversLogits() {
    return TensorLayout.find(teacher(), TensorRole.CLASS_LOGITS)
        .flatMap(tensor -> Conversion.parse(tensor.getConversion()))
        .filter(conversion -> conversion.numbers() == Conversion.Numbers.LOGIT)
        .isPresent();
  }

  /** What is converted where the student learns by a method that it can learn by. */
  List<String> conversions(Method loss) {
    Needs needs = needs(loss);
    List<String> conversions = new ArrayList<>();
    if (givesInstances()) {
      if (readsCells(needs) && !arePaired() && needs.instances() == Needs.Instances.ROWS) {
        conversions.add(
            has(TensorRole.INSTANCE_DELTAS)
                ? "each object takes the proposal that overlaps it most, the background left out"
                : has(TensorRole.INSTANCE_LOGITS)
                    ? "each object takes the query that matches it"
                    : "each object takes the detection of its class that overlaps it most");
      }
      if (needs.distributions()) {
        conversions.add("places of sides re-binned to distances from each positive");
      }
      if (needs.instances() == Needs.Instances.BOXES && !has(TensorRole.INSTANCE_OBJECTNESS)) {
        loss.conversion().ifPresent(conversions::add);
      }
      if (needs.teacher().containsKey(TensorKind.FPN_FEATURES)) {
        addStrides(loss, conversions);
      }
      return conversions;
    }
    loss.conversion().ifPresent(conversions::add);
    addStrides(loss, conversions);
    if (reads(needs, TensorKind.CLASS_SCORES) && recoversLogits()) {
      conversions.add("class logits recovered from probabilities, clipped at -16 and 16");
    }
    if (givesCellsForBoxes(needs) && needs.instances() == Needs.Instances.ROWS) {
      conversions.add(
          "each object takes the teacher's cell in it whose score and box suit it best, the"
              + " background left out");
    }
    int theirs = teacherAnchors();
    int ours = anchorsCompared();
    boolean readsRows =
        reads(needs, TensorKind.CLASS_SCORES) || reads(needs, TensorKind.BOX_LOGITS);
    if (readsRows && theirs < ours) {
      conversions.add("the one row of a cell serves each of the student's " + ours + " anchors");
    } else if (readsRows && theirs > ours) {
      conversions.add(
          (loss.needs().teacher().containsKey(TensorKind.CLASS_SCORES)
                  ? "the largest logit"
                  : "the box of the largest logit")
              + " of the teacher's "
              + theirs
              + " anchors of a cell");
    }
    if (byPosition && readsRows) {
      conversions.add(
          String.format(
              Locale.ROOT,
              "cells by the place of their centres, boxes times %.4g and %.4g",
              across(),
              down()));
    }
    if (needs.distributions() && !byPosition && !rebinning().isIdentity()) {
      conversions.add(
          "box distributions of "
              + rebinning().teacherBins()
              + " bins re-binned to "
              + rebinning().studentBins()
              + (rebinning().shift() == 0
                  ? ""
                  : ", prior centres " + Math.abs(rebinning().shift()) + " of a cell apart"));
    }
    return conversions;
  }
}
