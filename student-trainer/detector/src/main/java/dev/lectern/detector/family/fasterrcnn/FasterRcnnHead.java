package dev.lectern.detector.family.fasterrcnn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Linear;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.box.Proposals;
import dev.lectern.detector.box.RoiLevels;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.RoiAlign;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The region proposal network and the box head of Faster R-CNN on a feature pyramid: Ren et al.
 * 2015 (arXiv:1506.01497), section 3, and Lin et al. 2017 (arXiv:1612.03144), section 4. Parameter
 * names are MMDetection's.
 */
final class FasterRcnnHead implements Head, SecondStage {
  /** Of the start values of predictions: arXiv:1506.01497, section 3.1.3. */
  private static final double DEVIATION = 0.01;

  /** Of the start values of box predictions of the second stage, as in Fast R-CNN. */
  private static final double BOX_DEVIATION = 0.001;

  private final FasterRcnnHeadSettings settings;
  private final AnchorGenerator anchors;
  private final List<Integer> strides;
  private final int[] roiStrides;
  private final List<Convolution> shared = new ArrayList<>();
  private final Convolution objectness;
  private final Convolution deltas;
  private final List<Dense> hidden = new ArrayList<>();
  private final Dense classes;
  private final Dense boxes;

  FasterRcnnHead(
      ParameterBuilder network,
      FasterRcnnHeadSettings settings,
      AnchorGenerator anchors,
      List<Integer> strides,
      List<Integer> channels,
      int classCount) {
    if (channels.stream().distinct().count() != 1) {
      throw new IllegalArgumentException(
          "head: found levels of " + channels + " channels, expected the same on every level");
    }
    this.settings = settings;
    this.anchors = anchors;
    this.strides = strides;
    this.roiStrides =
        strides.stream().mapToInt(s -> s).filter(s -> s <= settings.roiStride()).toArray();
    if (roiStrides.length == 0) {
      throw new IllegalArgumentException(
          "head.roi-stride: found "
              + settings.roiStride()
              + ", expected at least the first stride "
              + strides.get(0));
    }
    int in = channels.get(0);
    ParameterBuilder rpn = network.at("rpn_head");
    for (int i = 0; i < settings.depth(); i++) {
      ParameterBuilder at =
          settings.depth() == 1 ? rpn.at("rpn_conv") : rpn.at("rpn_conv").at(i).at("conv");
      shared.add(convolution(at, i == 0 ? in : settings.channels(), settings.channels(), 3));
    }
    int perCell = anchors.anchorsPerCell();
    objectness = convolution(rpn.at("rpn_cls"), settings.channels(), perCell, 1);
    deltas = convolution(rpn.at("rpn_reg"), settings.channels(), 4 * perCell, 1);
    ParameterBuilder box = network.at("roi_head").at("bbox_head");
    int flat = in * settings.roiSize() * settings.roiSize();
    for (int i = 0; i < 2; i++) {
      int from = i == 0 ? flat : settings.hidden();
      hidden.add(
          dense(
              box.at("shared_fcs").at(i),
              Math.sqrt(2.0 / (from + settings.hidden())),
              from,
              settings.hidden()));
    }
    classes = dense(box.at("fc_cls"), DEVIATION, settings.hidden(), classCount + 1);
    boxes =
        dense(
            box.at("fc_reg"),
            BOX_DEVIATION,
            settings.hidden(),
            4 * (settings.classAgnostic() ? 1 : classCount));
  }

  private static Dense dense(ParameterBuilder at, double deviation, int in, int out) {
    return new Dense(at.normal("weight", deviation, out, in), at.constant("bias", 0, out));
  }

  private static NDArray apply(Dense layer, NDArray x) {
    return Linear.linear(x, layer.weight().array(), layer.bias().array()).singletonOrThrow();
  }

  private static Convolution convolution(ParameterBuilder at, int in, int out, int kernel) {
    return new Convolution(
        at.normal("weight", DEVIATION, out, in, kernel, kernel), at.constant("bias", 0, out), 1);
  }

  @Override
  public <T> Outputs<T> apply(Operations<T> operations, List<T> features) {
    List<T> logits = new ArrayList<>();
    List<T> boxDeltas = new ArrayList<>();
    for (T feature : features) {
      T x = feature;
      for (Convolution convolution : shared) {
        x = operations.relu(convolution.apply(operations, x));
      }
      logits.add(objectness.apply(operations, x));
      boxDeltas.add(deltas.apply(operations, x));
    }
    return Outputs.<T>none()
        .with(TensorRole.QUALITY, logits)
        .with(TensorRole.BOX_DELTAS, boxDeltas);
  }

  @Override
  public Layers layers() {
    return new Layers(
        Arrays.stream(roiStrides).boxed().toList(),
        settings.roiSize(),
        settings.sampling(),
        hidden,
        classes,
        boxes);
  }

  @Override
  public DeltaCoder proposalCoder() {
    return new DeltaCoder(new double[] {1, 1, 1, 1});
  }

  @Override
  public Proposals.Limits limits() {
    return new Proposals.Limits(
        settings.candidates(), settings.proposalIou(), settings.proposals(), settings.minSide());
  }

  @Override
  public List<Proposals> propose(
      Outputs<NDArray> outputs, Proposals.Limits limits, List<float[]> canvas) {
    List<LevelGrid> grids = new ArrayList<>();
    for (int level = 0; level < strides.size(); level++) {
      Shape shape = outputs.get(TensorRole.QUALITY, level).getShape();
      grids.add(new LevelGrid(strides.get(level), (int) shape.get(2), (int) shape.get(3)));
    }
    PriorGrid priors = new PriorGrid(grids, anchors);
    DeltaCoder coder = proposalCoder();
    List<float[]> logits = numbers(outputs.get(TensorRole.QUALITY));
    List<float[]> offsets = numbers(outputs.get(TensorRole.BOX_DELTAS));
    List<Proposals> proposals = new ArrayList<>();
    for (int image = 0; image < canvas.size(); image++) {
      proposals.add(
          Proposals.of(
              ofImage(logits, image, canvas.size()),
              ofImage(offsets, image, canvas.size()),
              priors,
              coder,
              limits,
              canvas.get(image)[0],
              canvas.get(image)[1]));
    }
    return proposals;
  }

  private static List<float[]> numbers(List<NDArray> levels) {
    return levels.stream().map(map -> map.stopGradient().toFloatArray()).toList();
  }

  private static List<float[]> ofImage(List<float[]> levels, int image, int images) {
    return levels.stream()
        .map(
            all -> {
              int size = all.length / images;
              return Arrays.copyOfRange(all, image * size, (image + 1) * size);
            })
        .toList();
  }

  @Override
  public Predictions predict(NDList features, List<float[]> boxesOfImages) {
    NDList pooled = new NDList();
    List<int[]> places = new ArrayList<>();
    for (int level = 0; level < roiStrides.length; level++) {
      int[] own = RoiLevels.places(boxesOfImages, roiStrides, level);
      if (own.length > 0) {
        Shape shape = features.get(level).getShape();
        RoiAlign align =
            new RoiAlign(
                RoiLevels.rois(boxesOfImages, roiStrides, level),
                (int) shape.get(2),
                (int) shape.get(3),
                settings.roiSize(),
                1.0 / roiStrides[level],
                settings.sampling());
        pooled.add(align.pool(features.get(level)));
        places.add(own);
      }
    }
    NDArray x = pooled.size() == 1 ? pooled.get(0) : NDArrays.concat(pooled, 0);
    x = x.reshape(x.getShape().get(0), -1);
    for (Dense layer : hidden) {
      x = apply(layer, x).getNDArrayInternal().relu();
    }
    NDArray order = order(x, places);
    return new Predictions(inOrder(apply(classes, x), order), inOrder(apply(boxes, x), order));
  }

  /** As {@code rows.get(order)}, whose backward adds element by element. */
  private static NDArray inOrder(NDArray rows, NDArray order) {
    return rows.getNDArrayInternal().embedding(order, rows, SparseFormat.DENSE).singletonOrThrow();
  }

  /** For each box the row that it was pooled to. */
  private static NDArray order(NDArray x, List<int[]> places) {
    int[] boxOfRow = places.stream().flatMapToInt(Arrays::stream).toArray();
    long[] rowOfBox = new long[boxOfRow.length];
    for (int row = 0; row < boxOfRow.length; row++) {
      rowOfBox[boxOfRow[row]] = row;
    }
    return x.getManager().create(rowOfBox).toType(DataType.INT64, false);
  }
}
