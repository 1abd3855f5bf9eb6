package dev.lectern.trainer.eval;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * COCO figures of one category; -1 where it has no ground truth.
 *
 * @param id category id
 * @param name category name
 * @param ap average precision over overlaps 0.50 to 0.95
 * @param ap50 average precision at overlap 0.50
 * @param ap75 average precision at overlap 0.75
 * @param ar100 average recall with at most 100 detections per image
 */
public record CategoryMetrics(
    @JsonProperty("id") long id,
    @JsonProperty("name") String name,
    @JsonProperty("AP") double ap,
    @JsonProperty("AP50") double ap50,
    @JsonProperty("AP75") double ap75,
    @JsonProperty("AR100") double ar100) {}
