package dev.lectern.demo.figures;

import dev.lectern.detector.box.Detection;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.record.View;
import java.util.List;
import java.util.Map;

/**
 * An image of the validation split and what networks give for it.
 *
 * @param view the image with its annotations
 * @param outputs by the name of the network
 * @param detections by the name of the network, in order of falling score
 */
public record ValidationImage(
    View view, Map<String, Outputs<float[]>> outputs, Map<String, List<Detection>> detections) {}
