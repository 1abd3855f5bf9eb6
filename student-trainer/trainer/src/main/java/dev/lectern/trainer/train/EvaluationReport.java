package dev.lectern.trainer.train;

import dev.lectern.trainer.eval.MeasuredFigures;
import dev.lectern.trainer.eval.Measurement;

/**
 * What a student reached.
 *
 * @param epochs epochs done
 * @param globalStep steps done
 * @param split what it was measured on
 * @param images number of images
 * @param metrics COCO figures of a detector, those of pixels of a segmentation network
 * @param measured annotations and detections; null where pixels are classified
 */
public record EvaluationReport(
    int epochs,
    long globalStep,
    String split,
    int images,
    MeasuredFigures metrics,
    Measurement measured) {}
