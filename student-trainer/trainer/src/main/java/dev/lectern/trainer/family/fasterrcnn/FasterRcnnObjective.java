package dev.lectern.trainer.family.fasterrcnn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.box.Proposals;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.random.SplitMix64;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.Step;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.fasterrcnn.FasterRcnnTargets.Looking;
import dev.lectern.trainer.family.fasterrcnn.FasterRcnnTargets.Proposing;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.SmoothL1Loss;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import dev.lectern.trainer.view.StudentRows;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The training objective of Faster R-CNN.
 *
 * <pre>
 *   A = Σ over images of max(1, sampled positives) + max(1, sampled negatives)
 *   loss_rpn_cls  = Σ BCE(objectness) / A        loss_rpn_bbox = Σ |delta - target| / A
 *   M = sampled proposals and objects of the batch
 *   loss_cls = Σ CE(class) / M                   loss_bbox = Σ |delta of the class - target| / M
 * </pre>
 *
 * <p>Ren et al. 2015 (arXiv:1506.01497), section 3.1.2, and Girshick 2015 (arXiv:1504.08083),
 * section 2.3, with the normalisation of MMDetection's code. Proposals are constants. Stateless;
 * what is sampled follows from the run's seed, the step and the image's place in the batch.
 */
public final class FasterRcnnObjective implements TrainedFamily {
  private final FasterRcnnSettings settings;
  private final DenseTargetAssembler assembler;
  private final BoxReading anchors;
  private final DeltaCoder coder;
  private final MaxIouAssigner looking;
  private final int classes;
  private final Detector student;
  private final long seed;

  /**
   * @param assembler of what anchors show
   * @param anchors how the first stage's deltas become boxes
   * @param coder of the second stage's deltas
   * @param classes K
   * @param student whose second stage is trained; null until it is known
   * @param seed of the sampling
   */
  FasterRcnnObjective(
      FasterRcnnSettings settings,
      DenseTargetAssembler assembler,
      BoxReading anchors,
      DeltaCoder coder,
      int classes,
      Detector student,
      long seed) {
    this.settings = settings;
    this.assembler = assembler;
    this.anchors = anchors;
    this.coder = coder;
    this.classes = classes;
    this.student = student;
    this.seed = seed;
    this.looking =
        new MaxIouAssigner(
            settings.positiveIou(), settings.negativeIou(), MaxIouAssigner.NO_LOW_QUALITY);
  }

  @Override
  public TrainedFamily on(Detector network, long ofRun) {
    return new FasterRcnnObjective(settings, assembler, anchors, coder, classes, network, ofRun);
  }

  private SecondStage secondStage() {
    return student
        .secondStage()
        .orElseThrow(() -> new IllegalArgumentException("the student has no second stage"));
  }

  @Override
  public FasterRcnnTargets targets(List<GroundTruth> images) {
    return new FasterRcnnTargets(assembler.assemble(images), images, null, null);
  }

  @Override
  public Assigner assigner() {
    return assembler.assigner();
  }

  @Override
  public FasterRcnnTargets targets(
      BatchTargets prepared, Outputs<NDArray> outputs, TrainingProgress progress) {
    FasterRcnnTargets batch = (FasterRcnnTargets) prepared;
    SplitMix64 random = SplitMix64.of(seed, progress.step());
    return new FasterRcnnTargets(
        batch.anchors(), batch.images(), proposing(batch, random), looking(batch, outputs, random));
  }

  private Proposing proposing(FasterRcnnTargets batch, SplitMix64 random) {
    BatchRows rows = batch.rows();
    PriorGrid priors = anchors.priors();
    IntStream positives = IntStream.empty();
    IntStream negatives = IntStream.empty();
    float[] targets = new float[4 * rows.count()];
    double divisor = 0;
    for (int image = 0; image < batch.images().size(); image++) {
      GroundTruth truth = batch.images().get(image);
      if (!truth.labelled()) {
        continue;
      }
      int[] objects = assembler.assigner().assign(truth.boxes()).objects();
      Sampling.Sample sample = settings.rpnSampling().draw(objects, random);
      divisor += Math.max(1, sample.positives().length) + Math.max(1, sample.negatives().length);
      int n = image;
      for (int position : sample.positives()) {
        float[] anchor = floats(priors.anchor(position));
        float[] object = boxOf(truth, objects[position]);
        System.arraycopy(RPN.encode(anchor, object), 0, targets, 4 * rows.row(n, position), 4);
      }
      positives =
          IntStream.concat(positives, Arrays.stream(sample.positives()).map(p -> rows.row(n, p)));
      negatives =
          IntStream.concat(negatives, Arrays.stream(sample.negatives()).map(p -> rows.row(n, p)));
    }
    int[] positive = positives.sorted().toArray();
    int[] all = IntStream.concat(Arrays.stream(positive), negatives).sorted().toArray();
    float[] areObjects = new float[all.length];
    float[] deltas = new float[4 * positive.length];
    for (int p = 0; p < positive.length; p++) {
      areObjects[Arrays.binarySearch(all, positive[p])] = 1;
      System.arraycopy(targets, 4 * positive[p], deltas, 4 * p, 4);
    }
    return new Proposing(all, areObjects, positive, deltas, Math.max(1, divisor));
  }

  /** Of the first stage. */
  private static final DeltaCoder RPN = new DeltaCoder(new double[] {1, 1, 1, 1});

  private Looking looking(FasterRcnnTargets batch, Outputs<NDArray> outputs, SplitMix64 random) {
    List<Proposals> proposals =
        secondStage().propose(outputs, settings.limits(), canvases(batch.images()));
    List<float[]> boxes = new ArrayList<>();
    List<int[]> objects = new ArrayList<>();
    for (int image = 0; image < proposals.size(); image++) {
      GroundTruth truth = batch.images().get(image);
      if (!truth.labelled()) {
        boxes.add(new float[0]);
        objects.add(new int[0]);
        continue;
      }
      float[] candidates = joined(truth.boxes(), proposals.get(image).boxes());
      int[] assigned = looking.assign(candidates, truth.boxes());
      for (int g = 0; g < truth.count(); g++) {
        assigned[g] = g;
      }
      Sampling.Sample sample = settings.sampling().draw(assigned, random);
      int[] chosen =
          IntStream.concat(Arrays.stream(sample.positives()), Arrays.stream(sample.negatives()))
              .toArray();
      boxes.add(taken(candidates, chosen));
      objects.add(Arrays.stream(chosen).map(i -> assigned[i]).toArray());
    }
    return looking(batch.images(), boxes, objects);
  }

  private Looking looking(List<GroundTruth> images, List<float[]> boxes, List<int[]> objects) {
    int count = objects.stream().mapToInt(own -> own.length).sum();
    int[] labels = new int[count];
    Arrays.fill(labels, classes);
    int[] positives = new int[count];
    float[] from = new float[4 * count];
    float[] to = new float[4 * count];
    int row = 0;
    int size = 0;
    for (int image = 0; image < images.size(); image++) {
      for (int i = 0; i < objects.get(image).length; i++, row++) {
        int object = objects.get(image)[i];
        if (object >= 0) {
          labels[row] = images.get(image).labels()[object];
          System.arraycopy(boxes.get(image), 4 * i, from, 4 * size, 4);
          System.arraycopy(images.get(image).boxes(), 4 * object, to, 4 * size, 4);
          positives[size++] = row;
        }
      }
    }
    return new Looking(
        boxes,
        labels,
        Arrays.copyOf(positives, size),
        coder.encode(Arrays.copyOf(from, 4 * size), Arrays.copyOf(to, 4 * size)));
  }

  /** Width and height of the part of each input that shows the image. */
  private List<float[]> canvases(List<GroundTruth> images) {
    LevelGrid finest = anchors.priors().levels().get(0);
    float width = (float) finest.width() * finest.stride();
    float height = (float) finest.height() * finest.stride();
    return images.stream()
        .map(
            truth ->
                new float[] {
                  (float) Math.min(width, truth.valid().width()),
                  (float) Math.min(height, truth.valid().height())
                })
        .toList();
  }

  private static float[] floats(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }

  private static float[] boxOf(GroundTruth truth, int object) {
    return Arrays.copyOfRange(truth.boxes(), 4 * object, 4 * object + 4);
  }

  private static float[] joined(float[] first, float[] second) {
    float[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  private static float[] taken(float[] boxes, int[] rows) {
    float[] some = new float[4 * rows.length];
    for (int r = 0; r < rows.length; r++) {
      System.arraycopy(boxes, 4 * rows[r], some, 4 * r, 4);
    }
    return some;
  }

  @Override
  public StudentPass pass(Outputs<NDArray> outputs, BatchTargets batch) {
    FasterRcnnTargets targets = (FasterRcnnTargets) batch;
    return new StudentPass() {
      @Override
      public List<LossTerm> losses() {
        return FasterRcnnObjective.this.losses(outputs, targets);
      }

      @Override
      public Step step(TeacherOutputs teacher, TrainingProgress progress) {
        return new TwoStageStep(secondStage(), outputs, targets, anchors, coder, looking, classes)
            .of(teacher, progress);
      }

      @Override
      public NDArray zero() {
        return Rows.zero(outputs.get(TensorRole.QUALITY, 0));
      }
    };
  }

  private List<LossTerm> losses(Outputs<NDArray> outputs, FasterRcnnTargets targets) {
    Proposing proposing = targets.proposing();
    Looking boxes = targets.looking();
    LossTerm rpnCls =
        new LossTerm("loss_rpn_cls").times(settings.rpnClsWeight() / proposing.divisor());
    LossTerm rpnBox =
        new LossTerm("loss_rpn_bbox").times(settings.rpnBoxWeight() / proposing.divisor());
    int perCell = anchors.priors().anchorsPerCell();
    NDManager manager = outputs.get(TensorRole.QUALITY, 0).getManager();
    if (proposing.rows().length > 0) {
      NDArray logits =
          new StudentRows(outputs.get(TensorRole.QUALITY), perCell).at(proposing.rows()).squeeze(1);
      // BCE(z, t) = softplus(z) - z t
      rpnCls.add(
          logits
              .getNDArrayInternal()
              .softPlus()
              .sub(logits.mul(manager.create(proposing.areObjects()))));
    }
    if (proposing.positives().length > 0) {
      NDArray deltas =
          new StudentRows(outputs.get(TensorRole.BOX_DELTAS), perCell).at(proposing.positives());
      rpnBox.add(differences(deltas, proposing.deltas(), settings.rpnBoxBeta()));
    }
    int count = Math.max(1, boxes.labels().length);
    LossTerm cls = new LossTerm("loss_cls").times(settings.clsWeight() / count);
    LossTerm box = new LossTerm("loss_bbox").times(settings.boxWeight() / count);
    if (boxes.labels().length > 0) {
      SecondStage.Predictions predictions =
          secondStage().predict(new NDList(outputs.get(TensorRole.FEATURES)), boxes.boxes());
      cls.add(Rows.pick(predictions.logits().logSoftmax(1), boxes.labels()).neg());
      if (boxes.positives().length > 0) {
        NDArray deltas =
            TwoStageStep.ofClasses(predictions.deltas(), boxes.positives(), boxes.labels());
        box.add(differences(deltas, boxes.deltas(), settings.boxBeta()));
      } else {
        // no box learns: the layer has a gradient of zero
        box.add(Rows.zero(predictions.deltas()).reshape(1));
      }
    }
    return List.of(rpnCls, rpnBox, cls, box);
  }

  /** Differences of some rows, (P). */
  private static NDArray differences(NDArray deltas, float[] wanted, double beta) {
    NDArray targets = deltas.getManager().create(wanted, new Shape(wanted.length / 4, 4));
    return beta > 0
        ? SmoothL1Loss.rows(deltas, targets, beta)
        : deltas.sub(targets).abs().sum(new int[] {1});
  }
}
