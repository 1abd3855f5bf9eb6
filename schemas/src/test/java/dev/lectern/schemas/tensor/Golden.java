package dev.lectern.schemas.tensor;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;

/** Containers that lie beside the tests, byte for byte as version 1 has them. */
final class Golden {
  private Golden() {}

  static byte[] bytes(String name) throws IOException {
    String file = "/tensor/v1-" + name + ".bin";
    try (InputStream in = Golden.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new FileNotFoundException(file);
      }
      return in.readAllBytes();
    }
  }
}
