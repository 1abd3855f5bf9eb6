package dev.lectern.demo.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.EnumSet;
import java.util.Set;
import java.util.zip.CRC32;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PainterTest {
  private static final int SIDE = 96;
  private static final long PIXELS_OF_SEED_SEVEN = 1337077761L;

  private static final Offset<Double> EXACT = Offset.offset(1e-9);

  @Test
  void aSeedAndANumberDecideEveryPixel() {
    CRC32 pixels = new CRC32();
    for (int i = 0; i < 8; i++) {
      pixels.update(Painter.draw(7, i, SIDE).rgb());
    }
    assertThat(pixels.getValue()).isEqualTo(PIXELS_OF_SEED_SEVEN);
  }

  @Test
  void anotherNumberOrSeedGivesAnotherPicture() {
    byte[] picture = Painter.draw(7, 1, SIDE).rgb();
    assertThat(Painter.draw(7, 2, SIDE).rgb()).isNotEqualTo(picture);
    assertThat(Painter.draw(8, 1, SIDE).rgb()).isNotEqualTo(picture);
  }

  @Test
  void boxesLieInsideTheCanvasAndAreLargeEnoughToLearn() {
    Set<ShapeClass> seen = EnumSet.noneOf(ShapeClass.class);
    int objects = 0;
    for (int i = 0; i < 60; i++) {
      for (DrawnObject object : Painter.draw(3, i, SIDE).objects()) {
        seen.add(object.shape());
        objects++;
        assertThat(object.x1()).isBetween(0.0, object.x2() - 4);
        assertThat(object.y1()).isBetween(0.0, object.y2() - 4);
        assertThat(object.x2()).isLessThanOrEqualTo(SIDE);
        assertThat(object.y2()).isLessThanOrEqualTo(SIDE);
      }
    }
    assertThat(seen).isEqualTo(EnumSet.allOf(ShapeClass.class));
    assertThat(objects).isBetween(120, 360);
  }

  @Test
  void aTurnedSquareTouchesItsBoxOnAllSides() {
    // a square of radius 10 turned by 0: its corners lie on the axes
    Polygon diamond = Polygon.placed(ShapeClass.SQUARE.outline(), 50, 40, 10, 10, 0);
    assertThat(diamond.extent()).containsExactly(new double[] {40, 30, 60, 50}, EXACT);
    assertThat(diamond.distance(50, 40)).isCloseTo(-10 / Math.sqrt(2), EXACT);
    assertThat(diamond.distance(63, 40)).isCloseTo(3, EXACT);
  }

  @Test
  void tooSmallACanvasIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Painter.draw(1, 1, 32))
        .withMessage("side: found 32, expected at least 64 pixels");
  }
}
