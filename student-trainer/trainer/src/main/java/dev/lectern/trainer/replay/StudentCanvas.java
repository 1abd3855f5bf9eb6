package dev.lectern.trainer.replay;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.schemas.view.LabelPixels;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a student sees that reads views smaller than they are: pixels are {@link AreaMean}s, and
 * boxes, label maps, transforms and what a teacher's outputs refer to follow. Nothing of it is
 * stored. A student without a size of its own sees views as they are.
 *
 * @param size of the student's input; null for the views' own
 * @param strides of the student's levels
 */
public record StudentCanvas(CanvasSize size, List<Integer> strides) {
  /** Views as they are. */
  public static final StudentCanvas WHOLE = new StudentCanvas(null, List.of());

  /** Copies. */
  public StudentCanvas {
    strides = List.copyOf(strides);
  }

  /**
   * The dataset on the student's canvas.
   *
   * @throws UserMistakeException if the views are smaller than the student's input
   */
  public DatasetManifest of(DatasetManifest dataset) {
    if (size == null) {
      return dataset;
    }
    if (size.width() > dataset.getWidth() || size.height() > dataset.getHeight()) {
      throw new UserMistakeException(
          "student.input-size: found "
              + size
              + ", dataset '"
              + dataset.getName()
              + "' has views of "
              + dataset.getWidth()
              + "x"
              + dataset.getHeight()
              + ", expected at most that");
    }
    int coarsest = strides.isEmpty() ? 1 : strides.get(strides.size() - 1);
    if (size.width() % coarsest != 0 || size.height() % coarsest != 0) {
      throw new UserMistakeException(
          "student.input-size: found "
              + size
              + ", expected sides that are multiples of "
              + coarsest);
    }
    return DatasetManifest.newBuilder(dataset)
        .setWidth(size.width())
        .setHeight(size.height())
        .build();
  }

  /**
   * A recording on the student's canvas: strides and the priors of regions are those of the smaller
   * image; anchors stay those of the recorded one, on which they may be rounded. Where strides are
   * not whole numbers or none of the student's, levels pair by position and cells by the place of
   * their centres; outputs of some positions then cannot be compared, and are not offered, and
   * boxes are read on the teacher's own grid (see {@code ResampledCells}).
   */
  public RecordingManifest of(RecordingManifest recording) {
    TeacherDescriptor teacher = recording.getDescriptor();
    if (isWhole(teacher)) {
      return recording;
    }
    RecordingManifest seen = RecordingManifest.newBuilder(recording).build();
    TeacherDescriptor smaller = seen.getDescriptor();
    smaller.setInputWidth(size.width());
    smaller.setInputHeight(size.height());
    if (hasWholeStrides(teacher)) {
      for (RecordedTensor tensor : smaller.getTensors()) {
        if (tensor.getStride() != null) {
          tensor.setStride(scaled(tensor.getStride(), teacher));
        }
      }
      for (KindEncoding encoding : seen.getEncodings()) {
        for (RegionPriors priors : encoding.getPriors()) {
          priors.setStrides(
              priors.getStrides().stream().map(stride -> scaled(stride, teacher)).toList());
          priors.setRanges(
              priors.getRanges().stream()
                  .map(range -> range * size.width() / teacher.getInputWidth())
                  .toList());
        }
      }
      return seen;
    }
    List<RecordedTensor> byPosition = new ArrayList<>();
    for (RecordedTensor tensor : smaller.getTensors()) {
      int level = tensor.getStride() == null ? -1 : TensorLayout.level(tensor);
      if (level >= 0 && level < strides.size() && isOffered(tensor.getKind(), recording)) {
        int stride = strides.get(level);
        tensor.setStride(stride);
        tensor.setShape(
            List.of(
                tensor.getShape().get(0),
                Level.cells(size.height(), stride),
                Level.cells(size.width(), stride)));
        byPosition.add(tensor);
      }
    }
    smaller.setTensors(byPosition);
    smaller.setBoxes(null);
    seen.setEncodings(
        seen.getEncodings().stream()
            .filter(encoding -> isOffered(encoding.getKind(), recording))
            .toList());
    return seen;
  }

  private boolean isWhole(TeacherDescriptor teacher) {
    return size == null
        || size.width() == teacher.getInputWidth() && size.height() == teacher.getInputHeight();
  }

  /** Whether levels of a teacher pair with the student's by position. */
  public boolean pairsByPosition(TeacherDescriptor teacher) {
    return !isWhole(teacher) && !hasWholeStrides(teacher);
  }

  /** Sparse positions are the teacher's cells, and instances are in pixels of its view. */
  private static boolean isOffered(TensorKind kind, RecordingManifest recording) {
    return kind != TensorKind.INSTANCES
        && recording.getEncodings().stream()
            .anyMatch(e -> e.getKind() == kind && e.getPositions() == PositionEncoding.DENSE);
  }

  private int scaled(int stride, TeacherDescriptor teacher) {
    return stride * size.width() / teacher.getInputWidth();
  }

  /** Whether the teacher's outputs mean the same there, and some level is one of the student's. */
  private boolean hasWholeStrides(TeacherDescriptor teacher) {
    boolean inStrides =
        teacher.getBoxes() == null || teacher.getBoxes().getUnit() == BoxUnit.STRIDES;
    return inStrides
        && TensorLayout.instances(teacher) == 0
        && (long) size.width() * teacher.getInputHeight()
            == (long) size.height() * teacher.getInputWidth()
        && teacher.getTensors().stream()
            .map(RecordedTensor::getStride)
            .filter(Objects::nonNull)
            .allMatch(stride -> stride * size.width() % teacher.getInputWidth() == 0)
        && TensorLayout.strides(teacher).stream()
            .anyMatch(stride -> strides.contains(scaled(stride, teacher)));
  }

  /**
   * The cell of the teacher for each cell of a tensor as the student sees it: the one in which its
   * centre lies.
   *
   * @param stored shape of a view, (C, H, W)
   * @param seen shape of the same tensor in {@link #of(RecordingManifest)}
   * @return (h * w); null where shapes are equal
   */
  static int[] cells(List<Integer> stored, int[] seen) {
    return stored.size() != 3 || stored.get(1) == seen[1] && stored.get(2) == seen[2]
        ? null
        : grid(stored.get(1), stored.get(2)).nearest(grid(seen[1], seen[2]));
  }

  private static LevelGrid grid(int height, int width) {
    return new LevelGrid(1, height, width);
  }

  /** Makes the pixels of a view smaller. */
  Canvas of(Canvas canvas) {
    return size == null || size.width() == canvas.width() && size.height() == canvas.height()
        ? canvas
        : new Canvas(
            size.width(),
            size.height(),
            new AreaMean(canvas.width(), canvas.height(), size.width(), size.height())
                .of(canvas.bgr()));
  }

  /** Changes a view into one of the student's canvas; its pixels stay as they are. */
  void apply(View view) {
    int width = view.getWidth();
    int height = view.getHeight();
    if (size == null || size.width() == width && size.height() == height) {
      return;
    }
    double across = (double) size.width() / width;
    double down = (double) size.height() / height;
    view.setWidth(size.width());
    view.setHeight(size.height());
    view.setValidWidth(ceil((long) view.getValidWidth() * size.width(), width));
    view.setValidHeight(ceil((long) view.getValidHeight() * size.height(), height));
    List<GroundTruth> objects = new ArrayList<>();
    for (GroundTruth object : view.getGroundTruth()) {
      objects.add(
          GroundTruth.newBuilder(object)
              .setX1((float) (object.getX1() * across))
              .setY1((float) (object.getY1() * down))
              .setX2((float) (object.getX2() * across))
              .setY2((float) (object.getY2() * down))
              .build());
    }
    view.setGroundTruth(objects);
    List<Double> affine = view.getTransform().getAffine();
    if (!affine.isEmpty()) {
      List<Double> scaled = new ArrayList<>();
      for (int i = 0; i < affine.size(); i++) {
        scaled.add(affine.get(i) * (i < 3 ? across : down));
      }
      view.getTransform().setAffine(scaled);
    }
    if (LabelPixels.has(view)) {
      applyToLabels(view, width, height);
    }
  }

  /** Each pixel takes the class of the one in which its centre lies. */
  private void applyToLabels(View view, int width, int height) {
    view.setWidth(width);
    view.setHeight(height);
    byte[] classes = LabelPixels.decode(view);
    view.setWidth(size.width());
    view.setHeight(size.height());
    int[] from = cells(List.of(1, height, width), new int[] {1, size.height(), size.width()});
    byte[] smaller = new byte[from.length];
    for (int i = 0; i < from.length; i++) {
      smaller[i] = classes[from[i]];
    }
    ByteBuffer encoded = ByteBuffer.wrap(LabelPixels.encode(size.width(), size.height(), smaller));
    view.setLabelMap(encoded);
    view.setLabelMapSha256(LabelPixels.sha256(encoded));
  }

  private static int ceil(long dividend, int divisor) {
    return (int) ((dividend + divisor - 1) / divisor);
  }
}
