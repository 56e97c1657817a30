package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.UnaryOperator;

class StatusWriterTest {
  /** An API server that takes patches of pools only. */
  static KubernetesClient client(UnaryOperator<BalancedBackendPool> patch) {
    InvocationHandler answers =
        new InvocationHandler() {
          @Override
          public Object invoke(Object self, java.lang.reflect.Method method, Object[] arguments) {
            if (method.getName().equals("patch")) {
              return patch.apply((BalancedBackendPool) arguments[1]);
            }
            if (!method.getReturnType().isInterface()) {
              throw new IllegalStateException(method + " was called");
            }
            return Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {method.getReturnType()}, this);
          }
        };
    return (KubernetesClient)
        Proxy.newProxyInstance(
            StatusWriterTest.class.getClassLoader(),
            new Class<?>[] {KubernetesClient.class},
            answers);
  }
}
