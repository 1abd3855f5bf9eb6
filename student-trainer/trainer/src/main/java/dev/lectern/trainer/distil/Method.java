package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.Upgraded;
import java.util.Optional;

/**
 * A distillation method with the settings of one run; an element of {@code losses} in a run's YAML,
 * which names it by the key {@code name}. The list of {@link JsonSubTypes} holds every method.
 *
 * <p>Records implement it. Their components are the keys of a run, each with a {@link Key}, and
 * {@link About} says what the method is.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(Ld.class),
  @JsonSubTypes.Type(Kd.class),
  @JsonSubTypes.Type(Tbr.class),
  @JsonSubTypes.Type(Imitation.class),
  @JsonSubTypes.Type(FitNets.class),
  @JsonSubTypes.Type(FineGrained.class),
  @JsonSubTypes.Type(Defeat.class),
  @JsonSubTypes.Type(DefeatHead.class),
  @JsonSubTypes.Type(ChannelWise.Cwd.class),
  @JsonSubTypes.Type(ChannelWise.CwdLogits.class),
  @JsonSubTypes.Type(ChannelWise.CwdCrossEntropy.class),
  @JsonSubTypes.Type(ChannelWise.CwdYolo.class),
  @JsonSubTypes.Type(ChannelWise.CwdBhattacharyya.class),
  @JsonSubTypes.Type(ChannelWise.CwdChannelMse.class),
  @JsonSubTypes.Type(ChannelWise.CwdL2.class),
  @JsonSubTypes.Type(AttentionTransfer.class),
  @JsonSubTypes.Type(LocalAffinity.class),
  @JsonSubTypes.Type(PairWise.class),
  @JsonSubTypes.Type(PixelWise.OfClasses.class),
  @JsonSubTypes.Type(PixelWise.OfFeatures.class),
  @JsonSubTypes.Type(PixelWise.CrossEntropy.class),
  @JsonSubTypes.Type(Ifvd.class),
  @JsonSubTypes.Type(Gid.class),
  @JsonSubTypes.Type(Mimic.class),
  @JsonSubTypes.Type(Fgd.class),
  @JsonSubTypes.Type(Fbkd.class),
  @JsonSubTypes.Type(ReviewKd.class),
  @JsonSubTypes.Type(Krd.class),
  @JsonSubTypes.Type(Holistic.class),
  @JsonSubTypes.Type(Pkd.class),
  @JsonSubTypes.Type(ScoreWeighted.class),
  @JsonSubTypes.Type(Bckd.class),
  @JsonSubTypes.Type(TokenCosine.class)
})
@JsonInclude(JsonInclude.Include.NON_NULL)
@Upgraded(FormerMethodKeys.class)
public interface Method {
  /** What {@code weight} means, for its {@link Key}. */
  String WEIGHT = "factor of the loss";

  /** What {@code temperature} means, for its {@link Key}. */
  String TEMPERATURE = "softens both sides";

  /** What {@code variant} means, for its {@link Key}. */
  String VARIANT =
      "public code with a strength that depends on no size, public code as it is, or the paper's formula";

  /** What {@code adapter} means, for its {@link Key}. */
  String ADAPTER =
      "convolution on the student's features; auto: 1x1 where channels differ and must be equal";

  /** Factor of the loss. */
  Double weight();

  /** The settings that every method has. */
  Shared shared();

  /** Where it applies; the main region where the method has no regions. */
  default Region region() {
    return Region.MAIN;
  }

  /** The levels that the run chose. */
  default Levels levels() {
    return Levels.ALL;
  }

  /** Whether it compares features that must have as many channels on both sides as they are. */
  default boolean needsEqualChannels() {
    return false;
  }

  /** Why a student of so many classes learns nothing by it, whatever the teacher. */
  default Optional<String> obstacle(int classes) {
    return Optional.empty();
  }

  /** What it takes in place of something that no detector here has. */
  default Optional<String> conversion() {
    return Optional.empty();
  }

  /** Whether it reads each class by itself, as sigmoids give it. */
  default boolean needsSigmoids() {
    return false;
  }

  /** What the term must be given. */
  Needs needs();

  /** The term, set up at a teacher. */
  Term term(Pairing pairing, Layers layers);

  /** As runs name it. */
  default String name() {
    return getClass().getAnnotation(JsonTypeName.class).value();
  }
}
