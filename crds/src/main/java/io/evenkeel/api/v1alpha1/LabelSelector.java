package io.evenkeel.api.v1alpha1;

import java.util.List;
import java.util.Map;

/**
 * A label selector as Kubernetes has it; all its requirements must hold. The manifests refuse one
 * without any requirement, which would match everything.
 */
@Wire
public record LabelSelector(Map<String, String> matchLabels, List<Requirement> matchExpressions) {
  public LabelSelector {
    matchLabels = Values.copy(matchLabels);
    matchExpressions = Values.copy(matchExpressions);
  }

  /** A selector for exactly these labels. */
  public static LabelSelector of(Map<String, String> labels) {
    return new LabelSelector(labels, List.of());
  }

  /**
   * Whether an object with these labels is selected. A selector without requirements selects
   * nothing here.
   */
  public boolean matches(Map<String, String> labels) {
    if (matchLabels.isEmpty() && matchExpressions.isEmpty()) {
      return false;
    }
    return labels.entrySet().containsAll(matchLabels.entrySet())
        && matchExpressions.stream().allMatch(requirement -> requirement.holds(labels));
  }

  /** One requirement on one label. */
  @Wire
  public record Requirement(String key, Operator operator, List<String> values) {
    public Requirement {
      values = Values.copy(values);
    }

    private boolean holds(Map<String, String> labels) {
      boolean present = labels.containsKey(key);
      boolean listed = present && values.contains(labels.get(key));
      return switch (operator) {
        case In -> listed;
        case NotIn -> !listed;
        case Exists -> present;
        case DoesNotExist -> !present;
      };
    }
  }

  /** As Kubernetes defines them. */
  public enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist
  }
}
