package dev.lectern.trainer.train;

import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.Measurement;

/**
 * What a student reached.
 *
 * @param epochs epochs done
 * @param globalStep steps done
 * @param split what it was measured on
 * @param images number of images
 * @param metrics COCO figures
 * @param measured annotations and detections
 */
public record EvaluationReport(
    int epochs,
    long globalStep,
    String split,
    int images,
    CocoMetrics metrics,
    Measurement measured) {}
