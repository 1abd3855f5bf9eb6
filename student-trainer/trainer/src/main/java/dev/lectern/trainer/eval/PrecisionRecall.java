package dev.lectern.trainer.eval;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Precision over recall of one category: the best precision at or beyond each of the recalls 0,
 * 0.01, ... 1, all object sizes, at most 100 detections per image; -1 where there is no ground
 * truth.
 *
 * @param id category id
 * @param name category name
 * @param at50 (101) at overlap 0.50
 * @param at75 (101) at overlap 0.75
 */
public record PrecisionRecall(
    long id,
    String name,
    @JsonProperty("precision50") List<Double> at50,
    @JsonProperty("precision75") List<Double> at75) {}
