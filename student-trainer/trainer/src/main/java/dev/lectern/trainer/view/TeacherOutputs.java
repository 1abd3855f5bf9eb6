package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import dev.lectern.trainer.assign.DistributionRebinning;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The teacher's outputs of a batch: constants, float32.
 *
 * <p>Logits are rows; a recording that keeps only the positions near objects gives fewer rows than
 * the batch has.
 *
 * @param cls (M, K) class logits; null when no loss reads them
 * @param boxes (M, channels of their form) box outputs; null when no loss reads them
 * @param reading how the box outputs become boxes; null when no loss reads them
 * @param clsMaps per level (N, A * K, H, W), or (N, K, H, W) where the student has another number
 *     of anchors; empty when not all positions are there
 * @param features per level (N, C, H, W); empty when not recorded
 * @param tokens the finest features, of any stride, (N, C, h, w); null when no loss reads them
 * @param rebinning from the box distributions to the student's; null when no loss compares them
 * @param anchors (N * R) which of the teacher's anchors of a cell its box rows are of; empty where
 *     it has no more per cell than the student
 * @param levels the student's that the teacher has too, of which alone all this is; empty for all
 * @param instances what it gives for instances in place of cells; null when there are none
 * @param matched distributions of the instances that stand for objects; null when there are none
 */
public record TeacherOutputs(
    TeacherRows cls,
    TeacherRows boxes,
    BoxReading reading,
    Map<Integer, NDArray> clsMaps,
    Map<Integer, NDArray> features,
    NDArray tokens,
    DistributionRebinning rebinning,
    int[] anchors,
    List<Integer> levels,
    TeacherInstances instances,
    MatchedDistributions matched) {

  /** Without instances. */
  public TeacherOutputs(
      TeacherRows cls,
      TeacherRows boxes,
      BoxReading reading,
      Map<Integer, NDArray> clsMaps,
      Map<Integer, NDArray> features,
      NDArray tokens,
      DistributionRebinning rebinning,
      int[] anchors,
      List<Integer> levels) {
    this(cls, boxes, reading, clsMaps, features, tokens, rebinning, anchors, levels, null, null);
  }

  /** Copy that also has what a teacher gives for instances. */
  public TeacherOutputs with(TeacherInstances given) {
    return new TeacherOutputs(
        cls, boxes, reading, clsMaps, features, tokens, rebinning, anchors, levels, given, matched);
  }

  /**
   * Copy with rows of boxes that the student looks at.
   *
   * @param logits (M, K), or (M, K + 1) with a background
   * @param corners (M, 4)
   */
  public TeacherOutputs ofBoxes(TeacherRows logits, TeacherRows corners, BoxReading ofRows) {
    return at(logits, corners, ofRows, null);
  }

  /** Copy with rows of the student that instances stand for. */
  TeacherOutputs at(
      TeacherRows ofClasses,
      TeacherRows ofBoxes,
      BoxReading ofRows,
      MatchedDistributions distributions) {
    return new TeacherOutputs(
        ofClasses,
        ofBoxes,
        ofRows,
        clsMaps,
        features,
        tokens,
        rebinning,
        anchors,
        levels,
        instances,
        distributions);
  }

  /**
   * Outputs that hold every position; each list may be empty.
   *
   * @param cls per level (N, A * K, H, W)
   * @param boxes per level (N, A * channels of their form, H, W)
   * @param reading of the boxes; its priors have the A anchors per cell
   * @param features per level (N, C, H, W)
   */
  public static TeacherOutputs dense(
      List<NDArray> cls,
      List<NDArray> boxes,
      BoxReading reading,
      List<NDArray> features,
      DistributionRebinning rebinning) {
    return new TeacherOutputs(
        cls.isEmpty() ? null : rows(cls, reading),
        boxes.isEmpty() ? null : rows(boxes, reading),
        reading,
        byLevel(cls),
        byLevel(features),
        features.isEmpty() ? null : features.get(0),
        rebinning,
        new int[0],
        List.of());
  }

  private static Map<Integer, NDArray> byLevel(List<NDArray> maps) {
    Map<Integer, NDArray> byLevel = new HashMap<>();
    maps.forEach(map -> byLevel.put(byLevel.size(), map));
    return byLevel;
  }

  private static TeacherRows rows(List<NDArray> maps, BoxReading reading) {
    int anchors = reading.priors().anchorsPerCell();
    return TeacherRows.of(maps, anchors, anchors);
  }

  /**
   * Outputs that hold some positions.
   *
   * @param cls (M, K)
   * @param boxes (M, channels of their form)
   * @param index (N * R) stored row of each batch row, -1 where absent
   * @param features per level (N, C, H, W), may be empty
   */
  public static TeacherOutputs sparse(
      NDArray cls,
      NDArray boxes,
      BoxReading reading,
      int[] index,
      List<NDArray> features,
      DistributionRebinning rebinning) {
    return new TeacherOutputs(
        new TeacherRows(cls, index),
        new TeacherRows(boxes, index),
        reading,
        Map.of(),
        byLevel(features),
        features.isEmpty() ? null : features.get(0),
        rebinning,
        new int[0],
        List.of());
  }

  /**
   * The tokens beside a student's features; null when no loss reads them.
   *
   * @param student its features on every level
   */
  public TokenMaps tokensWith(List<NDArray> student) {
    return tokens == null ? null : new TokenMaps(tokens, student);
  }

  /**
   * Refuses outputs that do not cover the batch.
   *
   * @param rows N * R
   */
  public void checkPositions(int rows) {
    checkPositions(cls, rows);
    checkPositions(boxes, rows);
  }

  private static void checkPositions(TeacherRows logits, int rows) {
    if (logits != null && logits.covered() != rows) {
      throw new IllegalArgumentException(
          "the teacher's outputs cover "
              + logits.covered()
              + " positions of the batch, expected "
              + rows
              + ": do its strides and input size equal the student's?");
    }
  }
}
