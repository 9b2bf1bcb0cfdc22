use metrics_core::{CollectError, Collector, Descriptor, Samples};

struct Local;

impl Collector for Local {
    fn name(&self) -> &str {
        "local"
    }

    fn describe(&self) -> Vec<Descriptor> {
        Vec::new()
    }

    async fn collect(&self, _out: &mut Samples) -> Result<(), CollectError> {
        let counter = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(counter);
        Ok(())
    }
}

fn main() {}
