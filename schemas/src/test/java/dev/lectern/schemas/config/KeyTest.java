package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyTest {
  enum Tone {
    WARM,
    COLD,
    NEUTRAL
  }

  enum Filled {
    YES,
    NO
  }

  record Place(
      @Key(defaultsTo = "1", min = 0, max = 9, meaning = "to the right") int x,
      @Key(above = 0, shownDefault = "as x", meaning = "downwards") Double y) {}

  record Look(
      @Key(
              choices = {"cold", "warm"},
              meaning = "of the colour")
          Tone tone,
      @Key(defaultsTo = "{}", meaning = "where it is") Place place,
      @Key(meaning = "inside") Filled filled) {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
  @JsonSubTypes({@JsonSubTypes.Type(Disc.class), @JsonSubTypes.Type(Ring.class)})
  interface Shape {}

  @JsonTypeName("disc")
  record Disc(
      @JsonUnwrapped Look look,
      @Key(defaultsTo = "2.5", min = 0, meaning = "in pixels") double radius)
      implements Shape {}

  @JsonTypeName("ring")
  record Ring(
      @JsonUnwrapped Look look,
      @Key(defaultsTo = "1", min = 0, meaning = "in pixels") double innerRadius)
      implements Shape {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "material", defaultImpl = Wood.class)
  @JsonSubTypes({@JsonSubTypes.Type(Wood.class)})
  interface Frame {}

  @JsonTypeName("wood")
  record Wood(@Key(defaultsTo = "4", min = 0, meaning = "of a side") int width) implements Frame {}

  record Print(
      @Key(required = true, meaning = "of the paper") Tone tone,
      @Key(required = true, meaning = "on its back") String title,
      @Key(defaultsTo = "0", min = 0, below = 1, meaning = "of the ink") double dilution,
      @Key(defaultsTo = "1", above = 0, max = 1, meaning = "of the sheet") double covered,
      @Key(defaultsTo = "0", meaning = "of the sheet") int number) {}

  record Drawing(List<Shape> shapes, Frame frame) {}

  @Test
  void whatIsLeftOutTakesItsDefault() {
    assertThat(drawing("{name: disc}").shapes())
        .containsExactly(new Disc(new Look(Tone.COLD, new Place(1, null), Filled.YES), 2.5));
  }

  @Test
  void aKindThatIsLeftOutIsTheDefault() {
    assertThat(bound("frame: {width: 2}").frame()).isEqualTo(new Wood(2));
    assertThat(bound("frame: {}").frame()).isEqualTo(new Wood(4));
    assertThatThrownBy(() -> bound("frame: {widht: 2}"))
        .hasMessageContaining("unknown key 'frame.widht' (did you mean 'width'?)");
    assertThatThrownBy(() -> bound("frame: {material: iron}"))
        .hasMessageContaining("frame.material: found 'iron', expected one of wood");
  }

  @Test
  void keysMayBeWrittenWithUnderscores() {
    assertThat(
            drawing("{name: RING, inner_radius: 3, tone: WARM, place: {y: 0.5}, filled: no}")
                .shapes())
        .containsExactly(new Ring(new Look(Tone.WARM, new Place(1, 0.5), Filled.NO), 3));
  }

  @Test
  void writtenAndReadAgainItIsTheSame() {
    Drawing drawing = drawing("{name: ring, place: {x: 4}}");

    assertThat(ConfigLoader.bind(ConfigLoader.toYaml(drawing), List.of(), Drawing.class, "again"))
        .isEqualTo(drawing);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{radius: 1}             | shapes.0.name: found nothing, expected one of disc, ring",
        "{name: disk}            | shapes.0.name: found 'disk' (did you mean 'disc'?), expected one of disc, ring",
        "{name: disc, radus: 1}  | unknown key 'shapes.0.radus' (did you mean 'radius'?); known here: filled, place, radius, tone",
        "{name: disc, inner-radius: 1} | shapes.0.inner-radius: found 1, expected none: disc has no key inner-radius",
        "{name: disc, radius: -1} | shapes.0.radius: found -1, expected 0 or more",
        "{name: disc, radius: big} | shapes.0.radius: found 'big', expected 0 or more",
        "{name: disc, tone: neutral} | shapes.0.tone: found 'neutral', expected one of cold, warm",
        "{name: disc, tone: colt} | shapes.0.tone: found 'colt' (did you mean 'cold'?), expected one of cold, warm",
        "{name: disc, place: {x: 2.5}} | shapes.0.place.x: found 2.5, expected a whole number, 0 to 9",
        "{name: disc, place: {y: 0}} | shapes.0.place.y: found 0, expected more than 0",
        "{name: disc, place: {x: 11, z: 1}} | unknown key 'shapes.0.place.z' (did you mean 'x'?); known here: x, y; shapes.0.place.x: found 11",
      })
  void everyMistakeIsNamedWithItsPlace(String shape, String message) {
    assertThatThrownBy(() -> drawing(shape))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(message.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{title: t}             | tone: found nothing, expected one of warm, cold, neutral",
        "{tone: cold, title: ' '} | title: missing",
        "{dilution: 2}          | dilution: found 2, expected 0 to below 1; title: missing; tone: found nothing, expected one of warm",
        "{tone: cold, title: t, dilution: 1} | dilution: found 1, expected 0 to below 1",
        "{tone: cold, title: t, covered: 1.5} | covered: found 1.5, expected more than 0, at most 1",
        "{tone: cold, title: t, number: 1.5} | number: found 1.5, expected a whole number",
      })
  void whatIsRequiredIsMissedWithEveryOtherMistake(String print, String message) {
    assertThatThrownBy(() -> ConfigLoader.of(print, Print.class))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(message.strip());
  }

  @Test
  void documentationReadsTheSame() {
    List<ConfigKey> keys = ConfigKey.of(Disc.class);

    assertThat(keys)
        .extracting(ConfigKey::name)
        .containsExactly("tone", "place", "filled", "radius");
    assertThat(keys)
        .extracting(ConfigKey::defaultValue)
        .containsExactly("cold", "{}", "yes", "2.5");
    assertThat(keys)
        .extracting(ConfigKey::range)
        .containsExactly("one of cold, warm", "", "one of yes, no", "0 or more");
    assertThat(ConfigKey.of(Place.class))
        .extracting(ConfigKey::shownDefault)
        .containsExactly("1", "as x");
  }

  private static Drawing drawing(String shape) {
    return bound("shapes: [" + shape + "]");
  }

  private static Drawing bound(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), Drawing.class, "drawing.yaml");
  }
}
