package dev.lectern.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** A fleet as JSON: one line, fields in the order of the records. */
public final class FleetJson {
  private static final JsonMapper JSON = new JsonMapper();

  private FleetJson() {}

  public static String of(FleetView fleet) {
    try {
      return JSON.writeValueAsString(fleet);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not JSON: " + fleet, e);
    }
  }
}
